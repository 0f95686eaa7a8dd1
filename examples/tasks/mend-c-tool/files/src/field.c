#include "field.h"

#include <stddef.h>
#include <string.h>

char *field(char *line, int number) {
    char *part = strtok(line, "\t\n");
    while (part != NULL && --number > 0)
        part = strtok(NULL, "\t\n");
    return part;
}
