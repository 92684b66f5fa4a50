/*
 * httpload - an HTTP load driver with an exact message count and a record of
 * every request, so that accepted messages can be matched with those an SMSC saw.
 *
 * One thread, epoll, C keep-alive connections with one request each in flight.
 * "{to}" in the path or body becomes the next recipient number, or with -m the
 * next M of them between commas.
 *
 *   gcc -O2 -Wall -Wextra -o httpload httpload.c
 *   ./httpload -p 13013 -c 50 -n 20000 -u '/send?to={to}&text=hi' -o load.log
 *
 * The log has a line per request: first recipient, monotonic us of sending,
 * monotonic us of the answer, HTTP status (0: the connection was lost first).
 * At a given rate (-r) a request counts as sent when it was due, even if no
 * connection was free then: a gateway that stalls cannot hide its queue.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    IN_MAX = 1 << 20,                          /* an answer to many recipients is long */
    OUT_MAX = 128 * 1024,
    TARGET_MAX = 8192, BODY_MAX = 100 * 1024,
    NUMBER_MAX = 24,
};

enum state { DOWN, CONNECTING, IDLE, BUSY };

struct conn {
    int fd;
    enum state state;
    uint64_t retry_at;                         /* when DOWN */
    long req;                                  /* the request in flight */
    size_t in_len, out_off, out_len;
    char in[IN_MAX + 1], out[OUT_MAX];
};

struct rec { uint64_t sent, answered; int status; };

static struct {
    int port, conns, many;
    long total, start;
    double rate, time_limit;
    bool stop_on_loss;
    const char *path, *body, *log, *expect;
    char headers[4096];
} opt = { .port = 8080, .conns = 50, .many = 1, .total = 10000, .start = 79000000000L, .path = "/" };

static int epfd;
static struct conn *conns;
static struct rec *recs;
static long issued, done, ok, accepted, refused, lost, reconnects;
static bool halted;
static char sample[300];

static uint64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Copy a template, with the numbers in place of every {to}. */
static size_t fill(char *out, size_t size, const char *tmpl, const char *numbers)
{
    char *p = out;
    const char *hit;
    size_t n = strlen(numbers);
    while ((hit = strstr(tmpl, "{to}"))) {
        if ((size_t)(p - out) + (hit - tmpl) + n + strlen(hit) >= size) {
            fprintf(stderr, "the request is too long\n");
            exit(2);
        }
        p = mempcpy(p, tmpl, hit - tmpl);
        p = mempcpy(p, numbers, n);
        tmpl = hit + 4;
    }
    return stpcpy(p, tmpl) - out;
}

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        count++;
    return count;
}

static void watch(struct conn *c, uint32_t events)
{
    struct epoll_event ev = { .events = events, .data.ptr = c };
    epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ev);
}

static void lose(struct conn *c)
{
    if (c->state == BUSY) {
        recs[c->req].answered = clock_us();
        recs[c->req].status = 0;
        lost++;
        done++;
        if (opt.stop_on_loss) halted = true;
    }
    close(c->fd);
    c->state = DOWN;
    c->retry_at = clock_us() + 20000;
}

static void dial(struct conn *c)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(opt.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) { perror("socket"); exit(1); }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->in_len = c->out_len = c->out_off = 0;
    c->state = CONNECTING;
    struct epoll_event ev = { .events = EPOLLOUT, .data.ptr = c };
    epoll_ctl(epfd, EPOLL_CTL_ADD, c->fd, &ev);
    if (connect(c->fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS)
        lose(c);
}

static void flush(struct conn *c)
{
    while (c->out_off < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_off, c->out_len - c->out_off, MSG_NOSIGNAL);
        if (n > 0) c->out_off += n;
        else if (errno == EAGAIN) { watch(c, EPOLLIN | EPOLLOUT); return; }
        else { lose(c); return; }
    }
}

/* When the next request is due; the past when no rate is given. */
static uint64_t due(uint64_t t0)
{
    return opt.rate <= 0 ? 0 : t0 + (uint64_t)(issued * 1e6 / opt.rate);
}

static bool may_issue(uint64_t now, uint64_t t0)
{
    return !halted && issued < opt.total && now >= due(t0);
}

static void request(struct conn *c, uint64_t t0)
{
    static char target[TARGET_MAX], body[BODY_MAX], numbers[BODY_MAX];
    uint64_t when = due(t0);
    char *p = numbers;
    c->req = issued++;
    for (int i = 0; i < opt.many; i++)
        p += sprintf(p, i ? ",%ld" : "%ld", opt.start + c->req * opt.many + i);
    fill(target, sizeof target, opt.path, numbers);
    if (opt.body) {
        size_t n = fill(body, sizeof body, opt.body, numbers);
        c->out_len = sprintf(c->out, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                             target, opt.headers, n, body);
    } else {
        c->out_len = sprintf(c->out, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", target, opt.headers);
    }
    c->out_off = c->in_len = 0;
    c->state = BUSY;
    recs[c->req].sent = when ? when : clock_us();
    flush(c);
}

/* Sleep until something happens, at most wait_us: epoll alone knows only milliseconds. */
static int wait_events(struct epoll_event *ev, int max, uint64_t wait_us)
{
    if (wait_us % 1000 == 0)
        return epoll_wait(epfd, ev, max, wait_us / 1000);
    struct pollfd p = { .fd = epfd, .events = POLLIN };
    struct timespec t = { .tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000 };
    return ppoll(&p, 1, &t, NULL) > 0 ? epoll_wait(epfd, ev, max, 0) : 0;
}

/* The value of a header in the head of a response, or NULL. */
static const char *field(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strstr(head, "\r\n"); p && p[2] != '\r'; p = strstr(p + 2, "\r\n"))
        if (!strncasecmp(p + 2, name, n) && p[2 + n] == ':') {
            p += 3 + n;
            while (*p == ' ') p++;
            return p;
        }
    return NULL;
}

/* Length of the whole response in c->in; 0: not all here yet; -1: ends at close. */
static long response_length(struct conn *c)
{
    c->in[c->in_len] = 0;
    char *end = strstr(c->in, "\r\n\r\n");
    if (!end)
        return 0;
    const char *v, *body = end + 4;
    size_t have = c->in + c->in_len - body;
    if ((v = field(c->in, "Content-Length"))) {
        size_t n = strtoul(v, NULL, 10);
        return have >= n ? body + n - c->in : 0;
    }
    if ((v = field(c->in, "Transfer-Encoding")) && !strncasecmp(v, "chunked", 7)) {
        for (;;) {
            char *e = strstr(body, "\r\n");
            if (!e) return 0;
            size_t n = strtoul(body, NULL, 16);
            if ((size_t)(c->in + c->in_len - e) < n + 4) return 0;
            body = e + n + 4;
            if (!n) return body - c->in;
        }
    }
    int status = atoi(c->in + 9);
    return status == 204 || status == 304 ? body - c->in : -1;
}

static void finish(struct conn *c, bool keep)
{
    struct rec *r = &recs[c->req];
    r->answered = clock_us();
    r->status = atoi(c->in + 9);
    if (!sample[0] || r->status / 100 != 2)
        snprintf(sample, sizeof sample, "%.299s", c->in);
    if (r->status / 100 == 2 && opt.expect && !strstr(c->in, opt.expect)) {
        snprintf(sample, sizeof sample, "%.299s", c->in);
        r->status = -r->status;
    }
    if (r->status / 100 == 2) {
        ok++;
        accepted += opt.expect ? (long)occurrences(c->in, opt.expect) : opt.many;
    } else {
        refused++;
    }
    done++;
    c->state = IDLE;
    const char *v = field(c->in, "Connection");
    if (!keep || (v && !strncasecmp(v, "close", 5)) || !strncmp(c->in, "HTTP/1.0", 8)) {
        lose(c);
        c->retry_at = 0;
        reconnects++;
    }
}

static void readable(struct conn *c)
{
    ssize_t n = recv(c->fd, c->in + c->in_len, IN_MAX - c->in_len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        if (n == 0 && c->state == BUSY && c->in_len && response_length(c) == -1)
            finish(c, false);
        else
            lose(c);
        return;
    }
    c->in_len += n;
    if (c->state == BUSY && response_length(c) > 0)
        finish(c, true);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void options(int argc, char **argv)
{
    int o;
    while ((o = getopt(argc, argv, "p:c:n:m:s:r:t:u:b:H:e:o:k")) != -1)
        switch (o) {
        case 'p': opt.port = atoi(optarg); break;
        case 'c': opt.conns = atoi(optarg); break;
        case 'n': opt.total = atol(optarg); break;
        case 'm': opt.many = atoi(optarg); break;
        case 's': opt.start = atol(optarg); break;
        case 'r': opt.rate = atof(optarg); break;
        case 't': opt.time_limit = atof(optarg); break;
        case 'u': opt.path = optarg; break;
        case 'b': opt.body = optarg; break;
        case 'e': opt.expect = optarg; break;
        case 'H':
            if (strlen(opt.headers) + strlen(optarg) + 3 > sizeof opt.headers) exit(2);
            strcat(strcat(opt.headers, optarg), "\r\n");
            break;
        case 'o': opt.log = optarg; break;
        case 'k': opt.stop_on_loss = true; break;
        default:
            fprintf(stderr,
                "usage: %s [options]     (to 127.0.0.1)\n"
                "  -p PORT   -c connections   -n requests   -m recipients of each   -s first number\n"
                "  -u PATH   with {to}; -b BODY with {to} makes it a POST; -H 'Name: value'\n"
                "  -e TEXT   a 2xx without it counts as a refusal; once per accepted recipient\n"
                "  -r RATE   requests per second (default: as fast as answered)\n"
                "  -t SEC    give up then; -k stop when a request is lost; -o LOG\n", argv[0]);
            exit(2);
        }
    if (opt.many < 1 || opt.many > BODY_MAX / NUMBER_MAX || opt.conns < 1 || opt.total < 1
        || strlen(opt.path) >= TARGET_MAX || (opt.body && strlen(opt.body) >= BODY_MAX)) {
        fprintf(stderr, "an option is out of range\n");
        exit(2);
    }
}

int main(int argc, char **argv)
{
    options(argc, argv);
    prctl(PR_SET_TIMERSLACK, 1);               /* wake up when due, not 50 us later */
    epfd = epoll_create1(0);
    conns = calloc(opt.conns, sizeof *conns);
    recs = calloc(opt.total, sizeof *recs);
    if (!conns || !recs) { perror("memory"); return 1; }
    /* Connect one by one, 1 ms apart, as a small listen backlog overflows
     * otherwise; the clock starts when all are up, or after 10 s. */
    uint64_t t0 = clock_us(), t_stop = UINT64_MAX, t_ramp = t0 + 10000000;
    bool ramp = true;
    for (int i = 0; i < opt.conns; i++)
        conns[i].retry_at = t0 + i * 1000;
    while (done < opt.total && !(halted && done >= issued)) {
        struct epoll_event ev[256];
        uint64_t now = clock_us();
        if (now >= t_stop)
            halted = true;
        if (now >= t_stop && now >= t_stop + 5000000)
            break;                             /* unanswered for 5 s more */
        uint64_t wait = 100000;
        int idle = 0;
        for (int i = 0; i < opt.conns; i++) {
            struct conn *c = &conns[i];
            if (c->state == DOWN && !halted && issued < opt.total) {
                if (now >= c->retry_at) dial(c);
                wait = 1000;
            }
            idle += c->state == IDLE;
        }
        if (ramp && (idle == opt.conns || now >= t_ramp)) {
            ramp = false;
            t0 = now;
            if (opt.time_limit > 0) t_stop = t0 + opt.time_limit * 1e6;
        }
        for (int i = 0; i < opt.conns && !ramp; i++)
            if (conns[i].state == IDLE && may_issue(now, t0))
                request(&conns[i], t0);
        now = clock_us();
        if (!ramp && opt.rate > 0 && issued < opt.total && due(t0) < now + wait)
            wait = due(t0) > now ? due(t0) - now : idle ? 0 : wait;
        int n = wait_events(ev, 256, wait);
        now = clock_us();
        for (int i = 0; i < n; i++) {
            struct conn *c = ev[i].data.ptr;
            if (c->state == CONNECTING) {
                int err = 0;
                socklen_t len = sizeof err;
                getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len);
                if (err) { lose(c); continue; }
                c->state = IDLE;
                watch(c, EPOLLIN);
            } else if (c->state != DOWN) {
                if (ev[i].events & EPOLLOUT) {
                    watch(c, EPOLLIN);
                    flush(c);
                }
                if (c->state != DOWN && (ev[i].events & ~EPOLLOUT))
                    readable(c);
            }
            if (c->state == DOWN && c->retry_at == 0 && !halted && issued < opt.total)
                dial(c);
            if (c->state == IDLE && !ramp && may_issue(now, t0))
                request(c, t0);
        }
    }
    uint64_t t1 = clock_us();
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    double cpu = ru.ru_utime.tv_sec + ru.ru_stime.tv_sec + (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;

    uint64_t *lat = malloc((ok + 1) * sizeof *lat);
    long m = 0;
    for (long i = 0; i < issued; i++)
        if (recs[i].status / 100 == 2)
            lat[m++] = recs[i].answered - recs[i].sent;
    qsort(lat, m, sizeof *lat, by_value);
#define PCT(p) (m ? lat[(long)((m - 1) * (p))] / 1e3 : 0.0)
    double s = (t1 - t0) / 1e6;
    printf("{\"issued\": %ld, \"ok\": %ld, \"accepted\": %ld, \"refused\": %ld, \"lost\": %ld, \"reconnects\": %ld, "
           "\"seconds\": %.3f, \"ok_per_s\": %.0f, \"accepted_per_s\": %.0f, \"p50_ms\": %.3f, \"p90_ms\": %.3f, "
           "\"p99_ms\": %.3f, \"max_ms\": %.3f, \"driver_cpu_s\": %.2f}\n",
           issued, ok, accepted, refused, lost, reconnects, s, ok / s, accepted / s, PCT(0.5), PCT(0.9), PCT(0.99), PCT(1.0), cpu);
    if (refused || !ok)
        fprintf(stderr, "sample answer:\n%s\n", sample);
    if (opt.log) {
        FILE *f = fopen(opt.log, "w");
        if (!f) { perror(opt.log); return 1; }
        for (long i = 0; i < issued; i++)
            fprintf(f, "%ld %lu %lu %d\n", opt.start + i * opt.many, (unsigned long)recs[i].sent,
                    (unsigned long)recs[i].answered, recs[i].status);
        fclose(f);
    }
    return 0;
}
