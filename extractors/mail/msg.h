/*
 * msg.h - the properties of Outlook's items: messages, their recipients and attachments. [MS-OXMSG]
 *
 * A folder of an OLE file is an object. A property of a fixed size is in its stream
 * "__properties_version1.0"; each other one is a stream of its own, "__substg1.0_" with the
 * property's number and type.
 */
#ifndef EXTRACTORS_MSG_H
#define EXTRACTORS_MSG_H

#include <stdint.h>

#include "extractors/common/charset.h"
#include "extractors/container/ole.h"

/* [MS-OXPROPS] */
enum msg_property {
    MSG_CLASS = 0x001A,
    MSG_SUBJECT = 0x0037,
    MSG_SUBMIT_TIME = 0x0039,
    MSG_REPRESENTING_NAME = 0x0042,
    MSG_START_TIME = 0x0060,
    MSG_END_TIME = 0x0061,
    MSG_REPRESENTING_ADDRESS = 0x0065,
    MSG_TRANSPORT_HEADERS = 0x007D,
    MSG_RECIPIENT_TYPE = 0x0C15,
    MSG_SENDER_NAME = 0x0C1A,
    MSG_SENDER_ADDRESS = 0x0C1F,
    MSG_DISPLAY_BCC = 0x0E02,
    MSG_DISPLAY_CC = 0x0E03,
    MSG_DISPLAY_TO = 0x0E04,
    MSG_DELIVERY_TIME = 0x0E06,
    MSG_BODY = 0x1000,
    MSG_RTF = 0x1009,
    MSG_HTML = 0x1013,
    MSG_DISPLAY_NAME = 0x3001,
    MSG_ADDRESS = 0x3003,
    MSG_CREATED_TIME = 0x3007,
    MSG_ATTACHMENT_DATA = 0x3701,
    MSG_ATTACHMENT_NAME = 0x3704,
    MSG_ATTACHMENT_METHOD = 0x3705,
    MSG_ATTACHMENT_LONG_NAME = 0x3707,
    MSG_SMTP_ADDRESS = 0x39FE,
    MSG_INTERNET_CODEPAGE = 0x3FDE,
    MSG_LOCALE = 0x3FF1,
    MSG_CODEPAGE = 0x3FFD,
    MSG_SENDER_SMTP_ADDRESS = 0x5D01,
    MSG_REPRESENTING_SMTP_ADDRESS = 0x5D02,
};

/* [MS-OXCDATA] 2.11.1 */
enum msg_type {
    MSG_INT32 = 0x0003,
    MSG_OBJECT = 0x000D,
    MSG_STRING8 = 0x001E,
    MSG_UNICODE = 0x001F,
    MSG_TIME = 0x0040,
    MSG_BINARY = 0x0102,
};

struct msg_object {
    const struct ole *ole; /* borrowed */
    size_t folder;
    struct buf fixed;                 /* the stream of properties */
    char charset[CHARSET_NAME_BYTES]; /* of its 8-bit strings; "" when nothing says */
};

/* outer: the message that a recipient or attachment belongs to, whose charset is its own; NULL for
 * a message. Properties that cannot be read are not there. msg_release() afterwards. */
void msg_open(const struct ole *ole, size_t folder, const struct msg_object *outer,
              struct msg_object *out);
void msg_release(struct msg_object *object);

/* The value of a property of a fixed size; false: there is none. */
bool msg_number(const struct msg_object *object, unsigned property, enum msg_type type,
                uint64_t *out);
/* Seconds since 1970; false: there is none. */
bool msg_time(const struct msg_object *object, unsigned property, int64_t *out);
/* Appends a string as UTF-8, without NUL at its end; false: there is none, or it is empty. */
bool msg_text(const struct msg_object *object, unsigned property, struct buf *out);
/* Appends the bytes of a property; false: there are none. *err is set when they are not all. */
bool msg_bytes(const struct msg_object *object, unsigned property, enum msg_type type,
               struct buf *out, struct error *err);
/* The folder that is the value of a property; OLE_NONE. */
size_t msg_folder(const struct msg_object *object, unsigned property);

/* Writes the name of a Windows code page as charset_decode() takes it. */
void msg_charset(uint64_t codepage, char out[CHARSET_NAME_BYTES]);

#endif
