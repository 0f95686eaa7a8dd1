/* Programs as the channel carries them. */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 256 };
/* Bytes of a line that are neither its directory nor its arguments, at most. */

static char *put_base64(char *at, const char *data, size_t size) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = (const unsigned char *)data;
    if (!size)
        *at++ = '-';
    for (; size; from += 3) {
        size_t some = size < 3 ? size : 3;
        uint32_t three = (uint32_t)from[0] << 16 | (some > 1 ? (uint32_t)from[1] << 8 : 0) |
                         (some > 2 ? from[2] : 0);
        for (size_t i = 0; i < 4; i++)
            *at++ = i <= some ? letters[three >> (18 - 6 * i) & 63] : '=';
        size -= some;
    }
    return at;
}

static char *put_number(char *at, bool known, long long number) {
    return known ? at + sprintf(at, "%lld ", number) : strcpy(at, "- ") + 2;
}

/* Words, `-` for what is not known, bytes in base64. */
static bool add_line(struct lines *lines, const struct program *program,
                     unsigned long long step) {
    size_t most = HEAD + 2 * (program->directory + program->argv);
    if (lines->size + most > lines->room) {
        size_t room = 2 * (lines->room + most);
        char *grown = realloc(lines->text, room);
        if (!grown)
            return false;
        lines->text = grown;
        lines->room = room;
    }
    char *at = lines->text + lines->size;
    if (lines->size)
        *at++ = '\n';
    at += sprintf(at, "%llu %d %d %.6f ", step, program->pid, program->parent, program->started);
    at += program->ended < 0 ? sprintf(at, "- ") : sprintf(at, "%.6f ", program->ended);
    at += sprintf(at, "%c ", program->how);
    at = put_number(at, program->code != NOT_KNOWN, program->code);
    at = put_number(at, program->peak != NOT_KNOWN, program->peak);
    at += sprintf(at, "%d ", program->flags);
    at = put_base64(at, program->text, program->directory);
    *at++ = ' ';
    at = put_base64(at, program->text + program->directory, program->argv);
    lines->size = (size_t)(at - lines->text);
    return true;
}

bool ledger_tell(struct ledger *ledger, bool leave_first, struct lines *lines) {
    size_t left = 0;
    bool whole = true;
    for (size_t i = 0; i < ledger->count; i++) {
        struct program *program = ledger->programs[i];
        bool runs = program->how == RUNNING;
        bool tells = runs ? !program->told && !program->place
                          : !(leave_first && program == ledger->first);
        if (tells) {
            if (ledger_outlived(ledger, program))
                program->flags |= OUTLIVED;
            whole = add_line(lines, program, ledger->step) && whole;
            program->told = true;
        }
        if (runs) {
            ledger->programs[left++] = program;
            continue;
        }
        if (program == ledger->first)
            ledger->first = NULL;
        free_program(program);
    }
    ledger->count = left;
    return whole;
}
