/* Stands for any program: prints a line that would harm if it were run, and ends as it is told. */
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    static const char line[] = "a.txt id\n";
    const char *status = getenv("STUB_STATUS");
    if (write(1, line, sizeof line - 1) < 0) {
        return 1;
    }
    return status ? atoi(status) : 0;
}
