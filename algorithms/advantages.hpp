#pragma once
/// \file
/// Advantages: how much better a step turned out than its state's value, estimated from a segment
/// of T steps in each of N worlds (or of N episodes side by side). Each is [T x N], step by step.
///
///     delta_t = r_{t+1} + gamma v(s_{t+1}) - v(s_t)
///     GAE     A_t = delta_t + gamma lambda A_{t+1}                          (Schulman et al. 2016)
///     n-step  A_t = r_{t+1} + ... + gamma^{n-1} r_{t+n} + gamma^n v(s_{t+n}) - v(s_t)
///
/// A sum ends where its episode or the segment does. There v(s') stands for what is cut off, but
/// beyond a terminal state it is 0: a truncated episode bootstraps, a terminated one does not.
/// A_t + v(s_t) estimates the return: the lambda-return of GAE, the n-step return. GAE(0) is one
/// step, GAE(1) all steps to the end of the segment.
#include <cstddef>
#include <cstdint>
#include <span>

namespace rl {

/// Each [T x N]: the number of step t in world n stands at t * N + n.
struct SegmentValues {
  std::size_t num_worlds;  ///< N
  std::span<const double> reward;
  std::span<const double> v;                 ///< v(s)
  std::span<const double> v_next;            ///< v(s'); not read where s' is terminal
  std::span<const std::uint8_t> terminated;  ///< 1 where s' is terminal
  std::span<const std::uint8_t> truncated;   ///< 1 where the episode was cut after s'
};

/// Throws std::invalid_argument for lengths that differ or are no multiple of N, or for lambda or
/// gamma outside [0, 1].
void gae(const SegmentValues& segment, double gamma, double lambda, std::span<double> advantage);

/// n >= 1; at most so many rewards.
void n_step_advantages(const SegmentValues& segment, double gamma, std::size_t n,
                       std::span<double> advantage);

/// A <- (A - mean) / (sd + 1e-8), with the standard deviation of these numbers (not of a sample of
/// them); one number alone becomes 0.
void normalize(std::span<double> advantage);

}  // namespace rl
