#!/usr/bin/env bash
# The syntax files of the editors know every verb of the scenario language, and no other.
#
# syntax_test.sh BUILD_DIR
set -euo pipefail
sim=$1/bin/chorus-sim
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
verbs=$("$sim" verbs | sed 's/ .*//' | sort)

same() { # EDITOR VERBS
    [ "$2" = "$verbs" ] || {
        echo "not ok - $1: $(diff <(echo "$verbs") <(echo "$2"))"
        exit 1
    }
    echo "ok - $1"
}

same vim "$(sed -n 's/^syntax keyword scn\(Statement\|Call\|Absent\) //p' "$source_dir/src/install/vim/syntax/scn.vim" |
    tr ' ' '\n' | sort)"

# The patterns of these names are \b(WORD|WORD...)\b.
grammar=$source_dir/src/install/vscode/syntaxes/scn.tmLanguage.json
same "VS Code" "$(grep -A 1 -E '"name": "(keyword.control|support.function|support.function.absent).scn"' "$grammar" |
    sed -n 's/.*"match": ".*(\(.*\)).*/\1/p' | tr '|' '\n' | sort)"

for file in "$grammar" "$source_dir"/src/install/vscode/*.json; do
    python3 -m json.tool "$file" > /dev/null || { echo "not ok - $file is not JSON"; exit 1; }
done
echo "ok - JSON"
