"""The guest: our program inside a container, at the other end of the channel.

It runs in any Linux image from a read-only directory of its own (`/longleash`), with the standard
library only, as PID 1 and root with almost no capabilities. It never opens what the agent can
touch: every process and every file operation goes through the launcher, as the agent's uid. What
a step changed it finds itself (`look`), with the agent's uid too, and tells the host alone.

`main` wires it together; `loop` waits, `wire` speaks, `children` starts and reaps, `job` is one
child with its pipes, `census` knows every process there is; `record` keeps a `book` of what each
command started, which `ledger` writes: in C, and while `loop` waits. The operations are `settings`
(configure), `paths` (resolve), `steps` (run, cancel), `processes` (start, read, write, stop),
`files` (read_file, write_file, put), `workspace` (look, contents, restore) and `check`.
"""
