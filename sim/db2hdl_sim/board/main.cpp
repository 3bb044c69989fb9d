// The outside of a simulated board: bytes of a file descriptor <-> bits on the pins rx and tx.
//
// Arguments: DIVISOR IDLE NAME=NUMBER…; standard input is the terminal, for both directions.
//   DIVISOR  clocks a bit, of the shell's clock; the model's clk is toggled DIVIDER times as often
//   IDLE     bits without traffic after which simulated time stops until a byte comes
// Faults, each with a probability in millionths, drawn from seed=N:
//   drop     a byte from the host is lost            flip    one bit of it arrives changed
//   spike    a bit of it has a spike of one clock     back    a byte to the host is lost
//   reset    the board loses power in the middle of a byte from the host, and starts again
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "Vboard.h"
#include "verilated.h"

namespace {

volatile std::sig_atomic_t stopped = 0;
void stop(int) { stopped = 1; }

std::map<std::string, long> options;
std::mt19937 dice;
std::map<std::string, long> counts;

bool happens(const char* fault) {
    const long millionths = options[fault];
    if (millionths <= 0) return false;
    const bool yes = dice() % 1000000 < static_cast<unsigned long>(millionths);
    if (yes) ++counts[fault];
    return yes;
}

struct Board {
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<Vboard> top;
    long divider;
    bool slow_level = false;

    explicit Board(long divider) : divider(divider) { power_up(); }

    void power_up() {
        top.reset();
        context = std::make_unique<VerilatedContext>();
        top = std::make_unique<Vboard>(context.get());
        top->clk = 0;
        top->rx = 1;
        top->eval();
    }

    void clock(bool rx) {
        top->rx = rx;
        for (long i = 0; i < divider; ++i) {
            top->clk = 1;
            top->eval();
            top->clk = 0;
            top->eval();
        }
    }
};

// Samples tx in the middle of each bit.
struct Listener {
    long divisor;
    int bit = -1;
    long timer = 0;
    unsigned byte = 0;

    bool idle() const { return bit < 0; }

    // Returns a byte, -1 if there is none yet.
    int clock(bool tx) {
        if (bit < 0) {
            if (!tx) {
                bit = 0;
                timer = divisor / 2;
                byte = 0;
            }
            return -1;
        }
        if (--timer > 0) return -1;
        timer = divisor;
        if (bit >= 1 && bit <= 8) byte |= static_cast<unsigned>(tx) << (bit - 1);
        if (++bit < 10) return -1;
        bit = -1;
        return static_cast<int>(byte);
    }
};

// Puts the bytes of the host on rx.
struct Talker {
    long divisor;
    std::deque<unsigned char> waiting;
    unsigned bits = 0;
    int left = 0;
    long timer = 0;
    bool spiked = false;

    bool idle() const { return left == 0 && waiting.empty(); }

    bool clock() {
        if (left == 0) {
            while (!waiting.empty() && left == 0) {
                unsigned byte = waiting.front();
                waiting.pop_front();
                if (happens("drop")) continue;
                if (happens("flip")) byte ^= 1U << (dice() % 8);
                bits = (byte << 1) | 0x200U;
                left = 10;
                timer = 0;
                spiked = happens("spike");
            }
            if (left == 0) return true;
        }
        bool level = bits & 1U;
        if (spiked && left == 5 && timer == divisor / 2) level = !level;
        if (++timer == divisor) {
            timer = 0;
            bits >>= 1;
            --left;
        }
        return level;
    }
};

void report() {
    FILE* file = fopen("faults.txt", "w");
    if (file == nullptr) return;
    for (const auto& [name, count] : counts) fprintf(file, "%s %ld\n", name.c_str(), count);
    fclose(file);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    std::signal(SIGTERM, stop);
    std::signal(SIGHUP, stop);
    const long divisor = atol(argv[1]), idle_bits = atol(argv[2]);
    for (int i = 3; i < argc; ++i) {
        const char* equals = strchr(argv[i], '=');
        if (equals == nullptr) return 2;
        options[std::string(argv[i], static_cast<size_t>(equals - argv[i]))] = atol(equals + 1);
    }
    dice.seed(static_cast<unsigned>(options["seed"]));
    Board board(options["divider"] > 0 ? options["divider"] : 1);
    Listener listener{divisor};
    Talker talker{divisor, {}};
    long quiet = 0;
    const long patience = idle_bits * divisor;
    for (long clocks = 0; stopped == 0; ++clocks) {
        const bool sleep = quiet > patience;
        if (sleep || clocks % 256 == 0) {
            pollfd waiting{0, POLLIN, 0};
            const int ready = poll(&waiting, 1, sleep ? 1000 : 0);
            if (ready > 0) {
                unsigned char buffer[4096];
                const ssize_t count = read(0, buffer, sizeof buffer);
                if (count <= 0) break;
                talker.waiting.insert(talker.waiting.end(), buffer, buffer + count);
                report();
            }
        }
        if (sleep && talker.idle()) continue;
        if (talker.left == 5 && talker.timer == 0 && happens("reset")) {
            board.power_up();
            listener = Listener{divisor};
        }
        board.clock(talker.clock());
        const int byte = listener.clock(board.top->tx);
        if (byte >= 0 && !happens("back")) {
            const unsigned char one = static_cast<unsigned char>(byte);
            if (write(1, &one, 1) != 1) break;
        }
        quiet = talker.idle() && listener.idle() ? quiet + 1 : 0;
    }
    report();
    board.top->final();
    return 0;
}
