#!/bin/bash
# A Maildir and what lies in it: mails are found by what they hold, moved by their readers, and their
# attachments are documents.
. "$(dirname "$0")/../lib.sh"

box=$src/Maildir
mkdir -p "$box/cur" "$box/new" "$box/tmp"

# mail FILE SUBJECT TEXT: as a delivery program writes it.
mail() {
    cat >"$1" <<MAIL
Return-Path: <ann@example.org>
Delivered-To: lee@example.org
Received: from a.example.org by b.example.org; Fri, 7 Jun 2024 12:00:01 +0200
From: ann@example.org
To: lee@example.org
Subject: $2
Date: Fri, 7 Jun 2024 12:00:00 +0200
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

$3

--b
Content-Type: text/csv; name="rates.csv"
Content-Disposition: attachment; filename="rates.csv"

berth,rate
quayside,$4

--b--
MAIL
}
mail "$box/cur/1717754400.M1P2.host.example.pl:2,S" "The halyard" "Please order a new halyard for the cutter." 20
mail "$box/new/1717754401.M2P2.host.example.md" "The anchor" "The anchor chain is forty metres." 30

found() { "$varve" search --json "$1" 2>/dev/null | grep -qF "$2"; }

daemon_start || { no "start"; finish; }
check "a mail that was read is found" found "new halyard cutter" "1717754400.M1P2.host.example.pl:2,S"
check "a mail that is new is found" found "anchor chain metres" "1717754401.M2P2.host.example.md"
check "an attachment is found" found "quayside 20" ":2,S!/rates.csv"

# A reader moves it from new to cur, with a flag: the same mail under another name.
before=$(embedded)
mv "$box/new/1717754401.M2P2.host.example.md" "$box/cur/1717754401.M2P2.host.example.md:2,RS"
"$varve" sync >/dev/null 2>&1
check "a mail that was moved is found there" found "anchor chain metres" "host.example.md:2,RS"
same "nothing of it is embedded again" "$(embedded)" "$before"
rm "$box/cur/1717754400.M1P2.host.example.pl:2,S"
"$varve" sync >/dev/null 2>&1
check "a mail that was deleted is gone" eval '! found "new halyard cutter" "1717754400"'
daemon_stop
check "the index agrees with itself" "$varve" verify
finish
