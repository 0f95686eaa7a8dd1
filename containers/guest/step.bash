# Read by the shell of each command (BASH_ENV), and by no shell that it starts.
unset BASH_ENV
# What the command leaves to the next: its directory and its exported variables, on a descriptor
# of the guest's. In an EXIT trap and not in a last line, since `exit 3` must leave them too; by
# builtins alone, since an `exec` here would turn a death by signal into an exit, and a fork would
# cost more than the shell. What the command may have set (traps, posix, -x) must not show.
trap '{ builtin trap - DEBUG ERR RETURN; set +eux +o posix; builtin printf "LLSTATE1\n"
builtin pwd -P; builtin printf "\0"; builtin declare -px; builtin printf "\0"; } 2>/dev/null >&97' EXIT
