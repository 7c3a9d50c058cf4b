/*
 * detect_mail.h - mails by what they begin with: those of a Maildir have no name that says it.
 */
#ifndef EXTRACTORS_DETECT_MAIL_H
#define EXTRACTORS_DETECT_MAIL_H

#include "base/buf.h"

enum mail_likeness {
    MAIL_NOT,
    MAIL_LIKELY,  /* "From", "Subject", "Date", as notes and articles may begin too */
    MAIL_CERTAIN, /* with headers that only programs write */
};

/* head: the start of a file. *is_box: it begins with a mailbox's own line "From ...". */
enum mail_likeness detect_mail(struct span head, bool *is_box);

/* Does it begin with who sent it, and to whom or how? A page that is saved with its parts says only
 * what saved it, and when. */
bool detect_mail_was_sent(struct span head);

#endif
