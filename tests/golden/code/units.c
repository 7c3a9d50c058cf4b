/*
 * units.c - shows units.
 */
#include <stdio.h>

#define NAME "a { b"

/* Adds. */
static int add(int a,
               int b)
{
    /* } not here */
    return a + b; // {
}
int main(void)
{
    printf("%d\n", add('{', 2));

    return 0;
}
