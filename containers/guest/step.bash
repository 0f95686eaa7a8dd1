# Read by the shell of each command (BASH_ENV), and by no shell that it starts.
unset BASH_ENV
# An EXIT trap and not a last line: `exit 3` must carry its directory over too.
trap 'exec /longleash/bin/state "$?"' EXIT
