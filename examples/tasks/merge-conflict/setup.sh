#!/bin/bash
# A merge that stopped half-way; fixed dates and names give the same commits every time.
set -euo pipefail
mkdir textkit && cd textkit
git init --quiet --initial-branch=main
git config user.name "Textkit"
git config user.email "textkit@example.invalid"
git config merge.conflictStyle diff3
day=1
commit() {
    git add --all
    GIT_AUTHOR_DATE="2025-02-0${day}T09:00:00Z" GIT_COMMITTER_DATE="2025-02-0${day}T09:00:00Z" \
        git commit --quiet --message="$1"
    day=$((day + 1))
}

cat >slug.py <<'PY'
"""Turn a title into the last part of an address."""


def slug(title: str) -> str:
    words = title.split()
    return "-".join(words)
PY
cat >CHANGES.md <<'MD'
# Changes

- slug() joins words with dashes.
MD
printf '__pycache__/\n' >.gitignore
commit "Start"

git switch --quiet --create short
cat >slug.py <<'PY'
"""Turn a title into the last part of an address."""


def slug(title: str, max_words: int | None = None) -> str:
    words = title.split()[:max_words]
    return "-".join(words)
PY
cat >CHANGES.md <<'MD'
# Changes

- slug() joins words with dashes.
- slug() takes at most max_words words.
MD
commit "Let slugs be short"

git switch --quiet main
cat >slug.py <<'PY'
"""Turn a title into the last part of an address."""


def slug(title: str) -> str:
    words = [word.strip(".,:;!?").lower() for word in title.split()]
    return "-".join(word for word in words if word)
PY
cat >CHANGES.md <<'MD'
# Changes

- slug() joins words with dashes.
- slug() drops punctuation and writes small letters.
MD
commit "Drop punctuation from slugs"

git merge --quiet short >/dev/null 2>&1 || true
test -f .git/MERGE_HEAD
