// Drives every vector into a circuit for each of its faults, until an output differs.
//
// usage: PROGRAM INPUTS EXPECTED ROWS FAULTS ANSWER
// INPUTS and EXPECTED are rows of 32-bit words, as many as the ports have. ANSWER gets one line for
// "no fault" and one for each fault: the number of the first vector that differs, or -1.
//
// With CLOCKED a row is a clock cycle, sampled just before the rising edge that ends it, and rows of
// EXPECTED are twice as long: after each word comes one that says which of its bits matter.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "Vharness.h"
#include "verilated.h"

static std::vector<uint32_t> words(const char* path, size_t wanted) {
    std::ifstream file(path, std::ios::binary);
    std::vector<uint32_t> values(wanted);
    file.read(reinterpret_cast<char*>(values.data()), wanted * 4);
    if (static_cast<size_t>(file.gcount()) != wanted * 4 || file.peek() != EOF) {
        std::fprintf(stderr, "%s has another size than %zu words\n", path, wanted);
        std::exit(2);
    }
    return values;
}

#ifdef CLOCKED
static const size_t kTimes = 2;

static bool differs(Vharness& dut, const uint32_t* expected, size_t out) {
    bool wrong = false;
    for (size_t i = 0; i < out; ++i) wrong |= ((dut.out[i] ^ expected[i]) & expected[out + i]) != 0;
    dut.clk = 1;
    dut.eval();
    dut.clk = 0;
    return wrong;
}
#else
static const size_t kTimes = 1;

static bool differs(Vharness& dut, const uint32_t* expected, size_t out) {
    return std::memcmp(&dut.out[0], expected, out * 4) != 0;
}
#endif

int main(int argc, char** argv) {
    if (argc != 6) return 2;
    auto context = std::make_unique<VerilatedContext>();
    auto dut = std::make_unique<Vharness>(context.get());
    const long rows = std::atol(argv[3]), faults = std::atol(argv[4]);
    const size_t in = sizeof(dut->in) / 4, out = sizeof(dut->out) / 4;
    const auto inputs = words(argv[1], rows * in), expected = words(argv[2], rows * out * kTimes);
    std::memset(&dut->sel[0], 0, sizeof(dut->sel));
    FILE* answer = std::fopen(argv[5], "w");
    if (answer == nullptr) return 2;
    for (long fault = -1; fault < faults; ++fault) {
        if (fault >= 0) dut->sel[fault / 32] = 1u << (fault % 32);
        long first = -1;
        for (long row = 0; row < rows && first < 0; ++row) {
            std::memcpy(&dut->in[0], &inputs[row * in], in * 4);
            dut->eval();
            if (differs(*dut, &expected[row * out * kTimes], out)) first = row;
        }
        if (fault >= 0) dut->sel[fault / 32] = 0;
        std::fprintf(answer, "%ld\n", first);
        if (fault % 50 == 0) std::fflush(answer);
    }
    std::fprintf(answer, "end\n");
    return std::fclose(answer) == 0 ? 0 : 2;
}
