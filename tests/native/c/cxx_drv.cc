// A driver in C++: what it uses of the language and of the system is its own affair, here and in OTP. Each control
// command tries one thing, and answers in text.
#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "erl_driver.h"

namespace {

struct Counted {
    static int alive;
    Counted() { ++alive; }
    ~Counted() { --alive; }
};
int Counted::alive = 0;

const Counted made_at_load;
const std::string greeting = std::string("made ") + "at load";
thread_local std::vector<int> mine;
volatile sig_atomic_t caught;

struct Port {
    explicit Port(ErlDrvPort port) : port(port) {}
    ErlDrvPort port;
    Counted counted;
    std::map<std::string, int> words;
};

std::string deep(int depth)
{
    Counted local;
    if (depth == 0) throw std::runtime_error("from the depth");
    return deep(depth - 1) + ".";
}

std::string exceptions()
{
    std::ostringstream said;
    try {
        deep(10);
    } catch (const std::exception &error) {
        said << error.what();
    }
    try {
        std::unique_ptr<char[]> much(new char[static_cast<size_t>(-1) / 4]);
        said << much.get();
    } catch (const std::bad_alloc &) {
        said << ", no memory";
    }
    return said.str();
}

std::string threads()
{
    std::vector<std::thread> workers;
    int sums[4] = {};
    for (int i = 0; i < 4; i++)
        workers.emplace_back([&sums, i] {
            for (int n = 0; n <= i; n++) mine.push_back(n);
            for (int n : mine) sums[i] += n;
        });
    for (auto &worker : workers) worker.join();
    std::ostringstream said;
    for (int sum : sums) said << sum << " ";
    return said.str();
}

std::string child()
{
    int ends[2], status = 0;
    char text[20] = "";
    if (pipe(ends)) return "no pipe";
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        execl("/bin/echo", "echo", "from a child", static_cast<char *>(nullptr));
        _exit(1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    pid_t ended = waitpid(pid, &status, 0);
    // Whoever else waits for children may have had it first: OTP does, on some systems.
    return std::string(text, got > 0 ? got : 0) + (ended == pid || ended < 0 ? "" : "lost");
}

void on_signal(int) { caught = caught + 1; }

std::string signals()
{
    struct sigaction action = {}, old;
    action.sa_handler = on_signal;
    caught = 0;
    sigaction(SIGUSR2, &action, &old);
    raise(SIGUSR2);
    raise(SIGUSR2);
    sigaction(SIGUSR2, &old, nullptr);
    return std::to_string(caught);
}

std::string libraries()
{
    void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
    if (!library) return "no libm";
    auto function = reinterpret_cast<double (*)(double)>(dlsym(library, "cbrt"));
    double root = function ? function(27) : 0;
    dlclose(library);
    return std::to_string(static_cast<int>(std::lround(root)));
}

ErlDrvData start(ErlDrvPort port, char *)
{
    return reinterpret_cast<ErlDrvData>(new (driver_alloc(sizeof(Port))) Port(port));
}

void stop(ErlDrvData data)
{
    auto *port = reinterpret_cast<Port *>(data);
    port->~Port();
    driver_free(port);
}

struct Job {
    std::string text;
};

void invoke(void *data)
{
    auto *job = static_cast<Job *>(data);
    try {
        mine.push_back(1);
        deep(3);
    } catch (const std::exception &error) {
        job->text += error.what();
    }
}

void ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    std::unique_ptr<Job> job(reinterpret_cast<Job *>(result));
    driver_output(reinterpret_cast<Port *>(data)->port, &job->text[0], job->text.size());
}

void output(ErlDrvData data, char *buf, ErlDrvSizeT length)
{
    auto *port = reinterpret_cast<Port *>(data);
    auto *job = new Job{std::string(buf, length) + ": "};
    ++port->words[job->text];
    driver_async(port->port, nullptr, invoke, job, [](void *lost) { delete static_cast<Job *>(lost); });
}

ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *, ErlDrvSizeT, char **rbuf, ErlDrvSizeT)
{
    auto *port = reinterpret_cast<Port *>(data);
    std::string said;
    switch (command) {
    case 1: said = greeting; break;
    case 2: said = std::to_string(Counted::alive); break;
    case 3: said = exceptions(); break;
    case 4: said = threads(); break;
    case 5: said = child(); break;
    case 6: said = signals(); break;
    case 7: said = libraries(); break;
    case 8: for (auto &[word, count] : port->words) said += word + std::to_string(count) + " "; break;
    default: return -1;
    }
    *rbuf = static_cast<char *>(driver_alloc(said.size() + 1));
    memcpy(*rbuf, said.data(), said.size());
    return static_cast<ErlDrvSSizeT>(said.size());
}

ErlDrvEntry make_entry()
{
    ErlDrvEntry entry = {};
    entry.start = start;
    entry.stop = stop;
    entry.output = output;
    entry.control = control;
    entry.ready_async = ready_async;
    static char name[] = "cxx_drv";
    entry.driver_name = name;
    entry.extended_marker = static_cast<int>(ERL_DRV_EXTENDED_MARKER);
    entry.major_version = ERL_DRV_EXTENDED_MAJOR_VERSION;
    entry.minor_version = ERL_DRV_EXTENDED_MINOR_VERSION;
    entry.driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING;
    return entry;
}

ErlDrvEntry entry = make_entry();

}  // namespace

extern "C" {
DRIVER_INIT(any_name_at_all)
{
    return &entry;
}
}
