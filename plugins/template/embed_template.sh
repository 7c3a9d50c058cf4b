#!/bin/sh
# An embedding plugin in shell, to see that it can be done: its "model" is the frequency of 26 letters.
# Needs jq and awk. For a program that embeds one text per call, replace the awk part by it.
while IFS= read -r line; do
    cookie=$(printf '%s' "$line" | jq -r '.hello.cookie // empty')
    if [ -n "$cookie" ]; then
        printf '{"hello":{"protocol":1,"name":"embed-letters","cookie":"%s","model":"letters-26",' "$cookie"
        printf '"dimensions":26,"fingerprint":"letters-26/1","max_batch":16,"fusion_weight":0}}\n'
        continue
    fi
    printf '%s' "$line" | jq -c '.texts[]' | awk '
        { gsub(/\\u....|\\./, ""); $0 = tolower($0)
          for (i = 1; i <= 26; i++) count[i] = 0.01
          for (i = 1; i <= length($0); i++) count[index("abcdefghijklmnopqrstuvwxyz", substr($0, i, 1))]++
          out = out (NR > 1 ? "," : "") "["
          for (i = 1; i <= 26; i++) out = out (i > 1 ? "," : "") count[i]
          out = out "]" }
        END { print out }' | {
        IFS= read -r vectors
        printf '{"id":%s,"vectors":[%s]}\n' "$(printf '%s' "$line" | jq .id)" "$vectors"
    }
done
