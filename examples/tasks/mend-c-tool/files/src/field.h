#ifndef FIELD_H
#define FIELD_H

/* Where the number-th field of a line begins (counted from 1), or NULL where there are fewer.
 * The field is ended by a null byte; the line is changed. */
char *field(char *line, int number);

#endif
