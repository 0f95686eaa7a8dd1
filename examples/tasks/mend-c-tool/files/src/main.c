#define _POSIX_C_SOURCE 200809L
#include "field.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    int number = argc == 2 ? atoi(argv[1]) : 0;
    if (number < 1) {
        fprintf(stderr, "usage: field N < table\n");
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
