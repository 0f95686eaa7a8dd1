#!/bin/bash
# A repository cannot lie inside this one as files, so it is made here; fixed dates and names give
# the same commits every time.
set -euo pipefail
mkdir ledger && cd ledger
git init --quiet --initial-branch=main
git config user.name "Ledger"
git config user.email "ledger@example.invalid"
day=1
commit() {
    git add --all
    GIT_AUTHOR_DATE="2025-01-0${day}T09:00:00Z" GIT_COMMITTER_DATE="2025-01-0${day}T09:00:00Z" \
        git commit --quiet --message="$1"
    day=$((day + 1))
}

mkdir budget notes
printf 'month,planned,spent\n2023-11,4000,3811\n2023-12,4200,4530\n' >budget/2023.csv
printf '# Ledger\n\nOne file a year in budget/.\n' >README.md
commit "Start the ledger"

printf 'month,planned,spent\n2024-01,4100,3990\n2024-02,4100,4015\n' >budget/2024.csv
commit "Begin 2024"

printf 'month,planned,spent\n2024-01,4100,3990\n2024-02,4100,4205\n2024-03,4300,4188\n' >budget/2024.csv
commit "Correct February and add March"

printf 'Ask for the invoice of the printer.\n' >notes/open.txt
commit "Note what is open"

git rm --quiet budget/2024.csv
printf 'month,planned,spent\n2025-01,4400,0\n' >budget/2025.csv
commit "Tidy up for the new year"

printf 'Ask for the invoice of the printer.\nOrder paper.\n' >notes/open.txt
commit "Order paper"
