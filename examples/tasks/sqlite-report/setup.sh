#!/bin/bash
# The database is made from text, which shows in a review what it holds.
set -euo pipefail
sqlite3 shop.db ".read schema.sql" ".read data.sql"
rm schema.sql data.sql
