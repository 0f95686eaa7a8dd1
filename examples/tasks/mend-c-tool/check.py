"""The program, built here from the agent's src/field.c, prints the right fields."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WORKSPACE = Path(os.environ["LONGLEASH_WORKSPACE"])
TABLE = "a\tb\tc\n\tx\t\n\n1\t\t3\t4\none"
EXPECTED = {
    "1": "a\n\n\n1\none\n",
    "2": "b\nx\n\n\n\n",
    "3": "c\n\n\n3\n\n",
    "4": "\n\n\n4\n\n",
}
MAIN = """\
#define _POSIX_C_SOURCE 200809L
#include "field.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    int number = argc == 2 ? atoi(argv[1]) : 0;
    if (number < 1) {
        fprintf(stderr, "usage: field N < table\\n");
        return 2;
    }
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) >= 0) {
        char *found = field(line, number);
        puts(found ? found : "");
    }
    free(line);
    return 0;
}
"""


def main() -> int:
    if not (WORKSPACE / "build" / "field").is_file():
        print("build/field is not built")
        return 1
    if (WORKSPACE / "src" / "main.c").read_text(errors="replace") != MAIN:
        print("src/main.c is not as it was given")
        return 1
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        program = Path(name) / "field"
        for part in ("field.c", "field.h"):
            shutil.copy(WORKSPACE / "src" / part, name)
        (Path(name) / "main.c").write_text(MAIN)
        built = subprocess.run(
            ["gcc", "-std=c11", "-o", program, "main.c", "field.c"],
            cwd=name,
            capture_output=True,
            text=True,
            timeout=30,
        )
        if built.returncode != 0:
            print(f"it does not compile: {built.stderr[-300:]}")
            return 1
        wrong = []
        for number, expected in EXPECTED.items():
            ran = subprocess.run(
                [program, number], input=TABLE, capture_output=True, text=True, timeout=10
            )
            if ran.stdout != expected or ran.returncode != 0:
                wrong.append(number)
    if wrong:
        print(f"wrong for field {', '.join(wrong)}")
        return 1
    return 0


sys.exit(main())
