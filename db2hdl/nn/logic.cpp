// Kernels of the margin-packed layers: neurons, order statistics, masked groups. Plain C++17 with
// a C interface: no torch, no Python.
//
// Arrays are C-ordered; real is float or double. Values are computed by the formulas of db2hdl.ops
// in their order of rounding (build with -ffp-contract=off), so results are the same bit for bit.
// Each output is computed by one thread in a fixed order: results do not depend on their number.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

namespace {

template <class Real>
struct Simd {
  static constexpr int64_t lanes = 32 / sizeof(Real);
  using Word = std::conditional_t<sizeof(Real) == 4, int32_t, int64_t>;
  typedef Real Reals __attribute__((vector_size(32), aligned(sizeof(Real)), may_alias));
  typedef Word Words __attribute__((vector_size(32), aligned(sizeof(Real)), may_alias));
};

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

template <class Real>
std::vector<char> rows_with_nan(const Real* rows, int64_t count, int64_t m) {
  std::vector<char> found(count);
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < m; ++j) found[i] |= rows[i * m + j] != rows[i * m + j];
  return found;
}

// ---------------------------------------------------------------------------------------------
// min_j soft_or(a[i][j], x[b][j]) and its j. Twice the value is compared: r + |r| (a + x) with
// r = max(a, x). Doubling is exact, so that rounding cannot pick another j.

template <class Real>
struct Least {
  Real value = std::numeric_limits<Real>::infinity();
  int64_t index = 0;
  void offer(Real candidate, int64_t j) {
    if (candidate < value) value = candidate, index = j;
  }
};

template <class Real>
Real doubled_or(Real a, Real x) {
  const Real r = x >= a ? x : a;
  return (a + x) * std::abs(r) + r;
}

// `tile` rows of x at once against one row of a: a is then read once for all of them.
template <class Real, int tile>
void least_of_rows(const Real* a, const Real* x, int64_t m, Least<Real>* out) {
  using S = Simd<Real>;
  using Reals = typename S::Reals;
  using Words = typename S::Words;
  const typename S::Word magnitude = std::numeric_limits<typename S::Word>::max();
  Reals least[tile];
  Words where[tile] = {};
  for (auto& v : least) v = Reals{} + std::numeric_limits<Real>::infinity();
  const int64_t chunks = m / S::lanes;
  for (int64_t c = 0; c < chunks; ++c) {
    const Reals left = *reinterpret_cast<const Reals*>(a + c * S::lanes);
    for (int t = 0; t < tile; ++t) {
      const Reals right = *reinterpret_cast<const Reals*>(x + t * m + c * S::lanes);
      const Reals r = right >= left ? right : left;
      const Reals doubled = (left + right) * (Reals)((Words)r & magnitude) + r;
      const Words less = doubled < least[t];
      least[t] = less ? doubled : least[t];
      where[t] = less ? Words{} + static_cast<typename S::Word>(c) : where[t];
    }
  }
  for (int t = 0; t < tile; ++t) {
    Least<Real> best;
    for (int64_t lane = 0; lane < S::lanes; ++lane) {
      const int64_t j = where[t][lane] * S::lanes + lane;
      if (least[t][lane] == best.value) best.index = std::min(best.index, j);
      best.offer(least[t][lane], j);
    }
    for (int64_t j = chunks * S::lanes; j < m; ++j)
      best.offer(doubled_or(a[j], x[t * m + j]), j);
    out[t] = best;
  }
}

template <class Real>
void least_or(const Real* a, const Real* x, int64_t n, int64_t m, int64_t batch, double tiny,
              Real* value, int64_t* index, int threads) {
  constexpr int tile = 4;
  const auto bad_a = rows_with_nan(a, n, m), bad_x = rows_with_nan(x, batch, m);
  parallel(batch, threads, [&](int64_t first, int64_t last) {
    const auto store = [&](const Least<Real>& least, int64_t b, int64_t i) {
      const Real half = std::max(std::abs(least.value) * Real(0.5), Real(tiny));
      const bool nan = bad_a[i] || bad_x[b];
      value[b * n + i] =
          nan ? std::numeric_limits<Real>::quiet_NaN() : std::copysign(half, least.value);
      index[b * n + i] = nan ? 0 : least.index;
    };
    Least<Real> least[tile];
    int64_t b = first;
    for (; b + tile <= last; b += tile)
      for (int64_t i = 0; i < n; ++i) {
        least_of_rows<Real, tile>(a + i * m, x + b * m, m, least);
        for (int t = 0; t < tile; ++t) store(least[t], b + t, i);
      }
    for (; b < last; ++b)
      for (int64_t i = 0; i < n; ++i) {
        least_of_rows<Real, 1>(a + i * m, x + b * m, m, least);
        store(least[0], b, i);
      }
  });
}

// ---------------------------------------------------------------------------------------------
// The k-th smallest of every row, by a sorting network on as many rows as a vector has lanes.

using Comparators = std::vector<std::pair<int32_t, int32_t>>;

// Batcher's odd-even merge sort of n places, without what place k (from 0) does not depend on.
Comparators selection_network(int64_t n, int64_t k) {
  Comparators all;
  for (int64_t p = 1; p < n; p *= 2)
    for (int64_t d = p; d >= 1; d /= 2)
      for (int64_t j = d % p; j + d < n; j += 2 * d)
        for (int64_t i = j; i < std::min(j + d, n - d); ++i)
          if (i / (2 * p) == (i + d) / (2 * p)) all.emplace_back(i, i + d);
  std::vector<char> wanted(n);
  wanted[k] = 1;
  Comparators used;
  for (auto c = all.rbegin(); c != all.rend(); ++c)
    if (wanted[c->first] || wanted[c->second]) {
      wanted[c->first] = wanted[c->second] = 1;
      used.push_back(*c);
    }
  std::reverse(used.begin(), used.end());
  return used;
}

// Selects in n vectors; each lane is a row of its own. `sorted` is scratch of n vectors.
template <class Real>
struct Selection {
  using S = Simd<Real>;
  using Reals = typename S::Reals;
  using Words = typename S::Words;

  Selection(int64_t n, int64_t k) : n(n), k(k), network(selection_network(n, k)) {}

  // Returns the k-th smallest of each lane; `index` is the first place that is equal to it.
  Reals operator()(const Reals* values, Reals* sorted, Words* index) const {
    std::copy(values, values + n, sorted);
    for (const auto& [i, j] : network) {
      const Reals low = sorted[i], high = sorted[j];
      sorted[i] = low < high ? low : high;
      sorted[j] = low < high ? high : low;
    }
    *index = Words{};
    for (int64_t j = n - 1; j >= 0; --j)
      *index = values[j] == sorted[k] ? Words{} + static_cast<typename S::Word>(j) : *index;
    return sorted[k];
  }

  const int64_t n, k;
  const Comparators network;
};

template <class Real>
void kth(const Real* rows, int64_t count, int64_t n, int64_t k, int64_t* index, int threads) {
  using S = Simd<Real>;
  const Selection<Real> select(n, k);
  const int64_t blocks = (count + S::lanes - 1) / S::lanes;
  parallel(blocks, threads, [&](int64_t first, int64_t last) {
    std::vector<typename S::Reals> values(n), sorted(n);
    for (int64_t block = first; block < last; ++block) {
      const int64_t start = block * S::lanes, rest = std::min(S::lanes, count - start);
      const Real* row[S::lanes];
      for (int64_t lane = 0; lane < S::lanes; ++lane)
        row[lane] = rows + (start + std::min(lane, rest - 1)) * n;
      for (int64_t j = 0; j < n; ++j)
        for (int64_t lane = 0; lane < S::lanes; ++lane) values[j][lane] = row[lane][j];
      typename S::Words found;
      select(values.data(), sorted.data(), &found);
      for (int64_t lane = 0; lane < rest; ++lane) index[start + lane] = found[lane];
    }
  });
}

// The k-th smallest v = soft_or(a[i][j], x[b][j]) of every `size` in the flat order (i, j), and its
// place in them. A lane is a sample, so the samples of a tile are transposed first.
template <class Real, bool margin>
void or_kth(const Real* a, const Real* x, int64_t n, int64_t m, int64_t batch, int64_t size,
            int64_t k, double tiny, Real* value, int32_t* chosen, int threads) {
  using S = Simd<Real>;
  using Reals = typename S::Reals;
  using Words = typename S::Words;
  constexpr int64_t vectors = 2, tile = vectors * S::lanes;
  const typename S::Word magnitude = std::numeric_limits<typename S::Word>::max();
  const Selection<Real> select(size, k);
  const int64_t groups = n * m / size;
  parallel((batch + tile - 1) / tile, threads, [&](int64_t first, int64_t last) {
    std::vector<Reals> columns(vectors * m), values(size), sorted(size);
    for (int64_t start = first * tile; start < std::min(last * tile, batch); start += tile) {
      for (int64_t t = 0; t < tile; ++t) {
        const Real* row = x + std::min(start + t, batch - 1) * m;
        for (int64_t j = 0; j < m; ++j) columns[t / S::lanes * m + j][t % S::lanes] = row[j];
      }
      for (int64_t q = 0; q < groups; ++q)
        for (int64_t part = 0; part < vectors; ++part) {
          int64_t j = q * size % m;
          for (int64_t s = 0; s < size; ++s) {
            const Reals left = Reals{} + a[q * size + s], right = columns[part * m + j];
            const Reals r = right >= left ? right : left;
            values[s] = margin ? (left + right) * (Reals)((Words)r & magnitude) + r : r;
            if (++j == m) j = 0;
          }
          Words place;
          const Reals least = select(values.data(), sorted.data(), &place);
          const int64_t from = start + part * S::lanes;
          for (int64_t lane = 0; lane < std::min(S::lanes, batch - from); ++lane) {
            const Real half = std::max(std::abs(least[lane]) * Real(0.5), Real(tiny));
            value[(from + lane) * groups + q] =
                margin ? std::copysign(half, least[lane]) : least[lane];
            chosen[(from + lane) * groups + q] = static_cast<int32_t>(place[lane]);
          }
        }
    }
  });
}

// ---------------------------------------------------------------------------------------------
// The gradient of v[b][i][j] = soft_or(a[i][j], x[b][j]), plain or with margin, where groups of
// `size` elements in the flat order (i, j) have the gradient share[b][q], and element
// chosen[b][q] of a group top[b][q] more. A thread owns columns j, so that it alone adds to them.

template <class Real, bool margin>
void or_row(const Real* __restrict__ a, const Real* __restrict__ x,
            const Real* __restrict__ gradient, int64_t m, Real* __restrict__ of_a,
            Real* __restrict__ of_x) {
  for (int64_t j = 0; j < m; ++j) {
    const Real g = gradient[j], left = a[j], right = x[j];
    const bool x_wins = right >= left;
    if (margin) {
      const Real r = x_wins ? right : left, sum = left + right;
      const Real both = Real(0.5) * g * std::abs(r);
      const Real greater = Real(0.5) * g * (1 + (r > 0 ? sum : r < 0 ? -sum : Real(0)));
      of_x[j] += both + (x_wins ? greater : Real(0));
      of_a[j] += both + (x_wins ? Real(0) : greater);
    } else {
      of_x[j] += x_wins ? g : Real(0);
      of_a[j] += x_wins ? Real(0) : g;
    }
  }
}

// Writes the gradient of elements first..last of one sample's flat order.
template <class Real>
void spread(const Real* share, const Real* top, const int32_t* chosen, int64_t size, int64_t first,
            int64_t last, Real* out) {
  for (int64_t q = first / size; q * size < last; ++q) {
    const int64_t from = std::max(first, q * size), to = std::min(last, (q + 1) * size);
    std::fill(out + (from - first), out + (to - first), share[q]);
    const int64_t at = q * size + chosen[q];
    if (at >= from && at < to) out[at - first] += top[q];
  }
}

template <class Real, bool margin>
void or_gradient(const Real* a, const Real* x, const Real* share, const Real* top,
                 const int32_t* chosen, int64_t n, int64_t m, int64_t batch, int64_t size,
                 Real* of_a, Real* of_x, int threads) {
  const int64_t groups = n * m / size;
  parallel(m, threads, [=](int64_t first, int64_t last) {
    std::vector<Real> gradient(last - first);
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t i = 0; i < n; ++i) {
        spread(share + b * groups, top + b * groups, chosen + b * groups, size, i * m + first,
               i * m + last, gradient.data());
        or_row<Real, margin>(a + i * m + first, x + b * m + first, gradient.data(), last - first,
                             of_a + i * m + first, of_x + b * m + first);
      }
  });
}

}  // namespace

#define DB2HDL_EXPORT(Real, name)                                                                 \
  void least_or_##name(const Real* a, const Real* x, int64_t n, int64_t m, int64_t batch,         \
                       double tiny, Real* value, int64_t* index, int threads) {                   \
    least_or(a, x, n, m, batch, tiny, value, index, threads);                                     \
  }                                                                                               \
  void kth_##name(const Real* rows, int64_t count, int64_t n, int64_t k, int64_t* index,          \
                  int threads) {                                                                  \
    kth(rows, count, n, k, index, threads);                                                       \
  }                                                                                               \
  void or_kth_##name(const Real* a, const Real* x, int64_t n, int64_t m, int64_t batch,           \
                     int64_t size, int64_t k, int margin, double tiny, Real* value,               \
                     int32_t* chosen, int threads) {                                              \
    const auto run = margin ? or_kth<Real, true> : or_kth<Real, false>;                           \
    run(a, x, n, m, batch, size, k, tiny, value, chosen, threads);                                \
  }                                                                                               \
  void or_gradient_##name(const Real* a, const Real* x, const Real* share, const Real* top,       \
                          const int32_t* chosen, int64_t n, int64_t m, int64_t batch,             \
                          int64_t size, int margin, Real* of_a, Real* of_x, int threads) {        \
    const auto run = margin ? or_gradient<Real, true> : or_gradient<Real, false>;                 \
    run(a, x, share, top, chosen, n, m, batch, size, of_a, of_x, threads);                        \
  }

extern "C" {

// a[n][m], x[batch][m] -> value[batch][n], at least `tiny` in magnitude, and index[batch][n].
// rows[count][n] -> index[count] of the first element equal to the k-th smallest, k from 0.
// a, x -> value and chosen [batch][n * m / size], k from 0.
// of_a[n][m] and of_x[batch][m] are added to; share, top, chosen are [batch][n * m / size].
DB2HDL_EXPORT(float, float32)
DB2HDL_EXPORT(double, float64)

}  // extern "C"
