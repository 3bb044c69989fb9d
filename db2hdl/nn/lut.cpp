// Kernels of the look-up-table layer. Plain C++17 with a C interface: no torch, no Python.
//
// Arrays are C-ordered, a row per bit and a column per sample of the batch: bits[m][batch],
// code[n][batch] (the entry of its table that each sample selects), gradient[n][batch]. Each output
// row is computed by one thread in a fixed order, so results do not depend on the thread count.

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace {

constexpr int kMostInputs = 6;
constexpr int kMostEntries = 1 << kMostInputs;
constexpr int kLanes = 8;
typedef float Floats __attribute__((vector_size(4 * kLanes), aligned(4)));
typedef int32_t Ints __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

// Calls work(first, last) on pieces of 0..count, in as many threads.
template <class Work>
void parallel(int64_t count, int threads, Work work) {
  if (threads > count) threads = static_cast<int>(count);
  if (threads <= 1) return work(0, count);
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t)
    others.emplace_back(work, count * t / threads, count * (t + 1) / threads);
  work(0, count / threads);
  for (auto& other : others) other.join();
}

// What the neuron's output gains when input j goes from low to high, for each entry selected.
void differences(const float* __restrict__ table, int k, int j, float* __restrict__ out) {
  for (int c = 0; c < 1 << k; ++c) out[c] = table[c | 1 << j] - table[c & ~(1 << j)];
}

void set_input_gradient(const uint8_t* __restrict__ code, const float* __restrict__ gradient,
                        const float* __restrict__ gain, int64_t batch, float* __restrict__ out) {
  for (int64_t b = 0; b < batch; ++b) out[b] = gradient[b] * gain[code[b]];
}

void add_input_gradient(const uint8_t* __restrict__ code, const float* __restrict__ gradient,
                        const float* __restrict__ gain, int64_t batch, float* __restrict__ out) {
  for (int64_t b = 0; b < batch; ++b) out[b] += gradient[b] * gain[code[b]];
}

void select_row(const uint8_t* __restrict__ bits, int64_t batch, const int32_t* __restrict__ wires,
                int k, const float* __restrict__ table, uint8_t* __restrict__ code,
                float* __restrict__ out) {
  float hard[kMostEntries];
  for (int c = 0; c < 1 << k; ++c) hard[c] = table[c] > 0 ? 0.5f : -0.5f;
  std::memcpy(code, bits + wires[0] * batch, batch);
  for (int j = 1; j < k; ++j) {
    const uint8_t* __restrict__ row = bits + wires[j] * batch;
    for (int64_t b = 0; b < batch; ++b) code[b] |= static_cast<uint8_t>(row[b] << j);
  }
  for (int64_t b = 0; b < batch; ++b) out[b] = hard[code[b]];
}

// The gradient of a table: two partial sums, because an addition waits for the last to its cell.
void table_row(const uint8_t* __restrict__ code, const float* __restrict__ gradient, int64_t batch,
               int k, float* __restrict__ out) {
  float even[kMostEntries] = {0}, odd[kMostEntries] = {0};
  int64_t b = 0;
  for (; b + 1 < batch; b += 2) {
    even[code[b]] += gradient[b];
    odd[code[b + 1]] += gradient[b + 1];
  }
  if (b < batch) even[code[b]] += gradient[b];
  for (int c = 0; c < 1 << k; ++c) out[c] = even[c] + odd[c];
}

// The sum of values[b] over the set bits of a packed row, the first sample in the low bit.
float masked_sum(const uint8_t* __restrict__ packed, const float* __restrict__ values,
                 int64_t batch) {
  const Ints bit = {1, 2, 4, 8, 16, 32, 64, 128};
  Floats sums[4] = {};
  int64_t b = 0;
  for (; b + 4 * kLanes <= batch; b += 4 * kLanes)
    for (int part = 0; part < 4; ++part) {
      const int32_t byte = packed[b / kLanes + part];
      const Ints lanes = *reinterpret_cast<const Ints*>(values + b + part * kLanes);
      sums[part] += (Floats)(lanes & ((byte & bit) == bit));
    }
  const Floats all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float sum = 0;
  for (int lane = 0; lane < kLanes; ++lane) sum += all[lane];
  for (; b < batch; ++b)
    if (packed[b / kLanes] >> (b % kLanes) & 1) sum += values[b];
  return sum;
}

}  // namespace

extern "C" {

// code[n][batch] and out[n][batch] (+-1/2) of bits[m][batch] (0 or 1) through wires[n][k].
void lut_select(const uint8_t* bits, int64_t batch, const int32_t* wires, int64_t n, int k,
                const float* table, uint8_t* code, float* out, int threads) {
  parallel(n, threads, [=](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      select_row(bits, batch, wires + i * k, k, table + (i << k), code + i * batch,
                 out + i * batch);
  });
}

// The gradient [n][2**k] of the tables.
void lut_table_gradient(const uint8_t* code, const float* gradient, int64_t batch, int64_t n,
                        int k, float* out, int threads) {
  parallel(n, threads, [=](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      table_row(code + i * batch, gradient + i * batch, batch, k, out + (i << k));
  });
}

// The gradient [m][batch] of the bits. readers[start[r]..start[r+1]] are the wires (i * k + j)
// that lead to bit r.
void lut_input_gradient(const uint8_t* code, const float* gradient, int64_t batch,
                        const int64_t* start, const int64_t* readers, int64_t m, int k,
                        const float* table, float* out, int threads) {
  parallel(m, threads, [=](int64_t first, int64_t last) {
    float gain[kMostEntries];
    for (int64_t r = first; r < last; ++r) {
      std::memset(out + r * batch, 0, batch * sizeof(float));
      for (int64_t p = start[r]; p < start[r + 1]; ++p) {
        const int64_t i = readers[p] / k;
        differences(table + (i << k), k, static_cast<int>(readers[p] % k), gain);
        add_input_gradient(code + i * batch, gradient + i * batch, gain, batch, out + r * batch);
      }
    }
  });
}

// The gradient [n][k][c] of the scores of candidate wires[n][k][c]: the input gradient of the wire
// times the candidate bit (+-1/2), summed over the batch. packed[m][(batch+7)/8] are the bits.
void lut_score_gradient(const uint8_t* packed, const uint8_t* code, const float* gradient,
                        int64_t batch, const int32_t* wires, int64_t n, int k, int64_t candidates,
                        const float* table, float* out, int threads) {
  parallel(n * k, threads, [=](int64_t first, int64_t last) {
    float gain[kMostEntries];
    std::vector<float> wire(batch);
    const int64_t stride = (batch + kLanes - 1) / kLanes;
    for (int64_t p = first; p < last; ++p) {
      const int64_t i = p / k;
      differences(table + (i << k), k, static_cast<int>(p % k), gain);
      set_input_gradient(code + i * batch, gradient + i * batch, gain, batch, wire.data());
      float half = 0;
      for (int64_t b = 0; b < batch; ++b) half += 0.5f * wire[b];
      for (int64_t c = p * candidates; c < (p + 1) * candidates; ++c)
        out[c] = masked_sum(packed + wires[c] * stride, wire.data(), batch) - half;
    }
  });
}

}  // extern "C"
