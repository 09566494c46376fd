#!/bin/sh
# Makes the encrypted files again from plain/, with the sops and age-keygen on PATH.
# The IVs, and with them every ciphertext, are new each time; what the tests say stays true.
set -eu
cd "$(dirname "$0")"
[ -f identity.txt ] || age-keygen -o identity.txt 2>/dev/null
[ -f stranger.txt ] || age-keygen -o stranger.txt 2>/dev/null
recipient=$(age-keygen -y identity.txt)
stranger=$(age-keygen -y stranger.txt)
rules=$(mktemp)
trap 'rm -f "$rules"' EXIT

# encrypt TARGET PLAIN RECIPIENTS [FIELD VALUE]…: fields of the creation rule
encrypt() {
    target=$1
    plain=$2
    printf 'creation_rules:\n  - age: "%s"\n' "$3" > "$rules"
    shift 3
    while [ $# -gt 0 ]; do
        printf '    %s: %s\n' "$1" "$2" >> "$rules"
        shift 2
    done
    sops --config "$rules" encrypt "plain/$plain" > "$target"
}

for name in small.yaml small.json small.env small.ini small.bin types.yaml types.json \
    comments.yaml documents.yaml list_comments.yaml; do
    encrypt "$name" "$name" "$recipient"
done
encrypt two_recipients.yaml small.yaml "$stranger,$recipient"
encrypt stranger.yaml small.yaml "$stranger"

encrypt default_selector.yaml selectors.yaml "$recipient"
encrypt unencrypted_suffix.yaml selectors.yaml "$recipient" unencrypted_suffix _plain
encrypt encrypted_suffix.yaml selectors.yaml "$recipient" encrypted_suffix _key
encrypt unencrypted_regex.yaml selectors.yaml "$recipient" unencrypted_regex "'plain\$|^list'"
encrypt encrypted_regex.yaml selectors.yaml "$recipient" encrypted_regex "'(?i)^SECRET|key\$'"
encrypt unencrypted_comment_regex.yaml selectors.yaml "$recipient" \
    unencrypted_comment_regex "'show this'"
encrypt encrypted_comment_regex.yaml selectors.yaml "$recipient" \
    encrypted_comment_regex "'hide this'"
encrypt mac_only_encrypted.yaml selectors.yaml "$recipient" \
    encrypted_regex '^secret' mac_only_encrypted true
