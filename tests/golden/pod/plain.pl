#!/usr/bin/perl
use strict;

# Adds two numbers.
sub add {
    my ($a, $b) = @_;
    return $a + $b;
}

print add(1, 2), "\n";
