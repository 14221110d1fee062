// A yardstick for planning over ranks, built by hand: inexact policy iteration with PETSc on the
// slippery grid, beside `mpirun -n K rlbook solve block_value_iteration --env slippery_grid:n=N`.
//
//     improve:   pi(s) = argmax_a [ r(s, a) + gamma (P_a v)(s) ]
//     evaluate:  (I - gamma P_pi) v = r_pi, to a part of the residual it begins with (KSP)
//     until MacQueen's bound of the improvement, without rounding, is 1e-6
//
// From the top folder, with LIB the folder of a build (rl and envs below it):
//   mpicxx -std=c++20 -O3 -DNDEBUG -DOMPI_SKIP_MPICXX -I. $(pkg-config --cflags eigen3 PETSc)
//     apps/bench/ranks/petsc_policy_iteration.cpp LIB/envs/librlbook_envs.a LIB/rl/librlbook_rl.a
//     $(pkg-config --libs PETSc) -lfmt -ltbb -o petsc_policy_iteration
//   mpirun -n 2 ./petsc_policy_iteration -n 1000 -gamma .99
#include <petscksp.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <vector>

#include "envs/grid_world/world.hpp"

namespace {

struct Settings {
  PetscInt n = 316;
  PetscReal gamma = 0.99;
  PetscReal forcing = 1e-2;  // of an evaluation: the part of its first residual that is left
};

Settings settings_of_command_line() {
  Settings x;
  PetscOptionsGetInt(nullptr, nullptr, "-n", &x.n, nullptr);
  PetscOptionsGetReal(nullptr, nullptr, "-gamma", &x.gamma, nullptr);
  PetscOptionsGetReal(nullptr, nullptr, "-forcing", &x.forcing, nullptr);
  return x;
}

/// The rows of this rank's states, one below the other: row s A + a of P leads from (s, a).
struct Rows {
  explicit Rows(const rl::GridModel& model) : actions(model.num_actions()) {
    VecCreateMPI(PETSC_COMM_WORLD, PETSC_DECIDE, model.num_states(), &v);
    VecGetOwnershipRange(v, &begin, &end);
    const PetscInt own = end - begin;
    constexpr PetscInt kLongest = 5;
    MatCreateAIJ(PETSC_COMM_WORLD, own * actions, own, PETSC_DETERMINE, PETSC_DETERMINE, kLongest,
                 nullptr, kLongest, nullptr, &transitions);
    MatCreateVecs(transitions, nullptr, &q);
    for (PetscInt s = begin; s < end; ++s)
      for (rl::Action a = 0; a < actions; ++a) {
        double mean = 0;
        for (const rl::Outcome& o : model.outcomes(static_cast<rl::State>(s), a)) {
          mean += o.probability * o.reward;
          MatSetValue(transitions, s * actions + a, o.next, o.probability, ADD_VALUES);
        }
        reward.push_back(mean);
      }
    MatAssemblyBegin(transitions, MAT_FINAL_ASSEMBLY);
    MatAssemblyEnd(transitions, MAT_FINAL_ASSEMBLY);
  }
  rl::Action actions;
  Mat transitions = nullptr;
  Vec v = nullptr, q = nullptr;
  PetscInt begin = 0, end = 0;
  std::vector<double> reward;  // [own x A]
};

/// v <- T v, with the actions that are best and the range of the changes.
struct Improvement {
  Improvement(const Rows& rows, double gamma)
      : action(static_cast<std::size_t>(rows.end - rows.begin)) {
    MatMult(rows.transitions, rows.v, rows.q);
    const double* q = nullptr;
    double* v = nullptr;
    VecGetArrayRead(rows.q, &q);
    VecGetArray(rows.v, &v);
    std::array<double, 2> d = {-std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity()};
    for (std::size_t s = 0; s < action.size(); ++s) {
      double best = -std::numeric_limits<double>::infinity();
      for (PetscInt a = 0; a < rows.actions; ++a) {
        const std::size_t row = s * static_cast<std::size_t>(rows.actions) + a;
        const double value = rows.reward[row] + gamma * q[row];
        if (value > best) action[s] = a;
        best = std::max(best, value);
      }
      d = {std::max(d[0], best - v[s]), std::max(d[1], v[s] - best)};
      v[s] = best;
    }
    VecRestoreArrayRead(rows.q, &q);
    VecRestoreArray(rows.v, &v);
    MPI_Allreduce(MPI_IN_PLACE, d.data(), 2, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
    // v* - T v lies in gamma / (1 - gamma) [-d[1], d[0]]
    bound = gamma / (1 - gamma) * (d[0] + d[1]) / 2;
    middle = gamma / (1 - gamma) * (d[0] - d[1]) / 2;
  }
  std::vector<PetscInt> action;  // [own]
  double bound = 0, middle = 0;
};

/// I - gamma P_pi, and r_pi into b.
Mat system_of(const Rows& rows, const std::vector<PetscInt>& action, double gamma, Vec b) {
  const PetscInt own = rows.end - rows.begin;
  constexpr PetscInt kLongest = 6;
  Mat system = nullptr;
  MatCreateAIJ(PETSC_COMM_WORLD, own, own, PETSC_DETERMINE, PETSC_DETERMINE, kLongest, nullptr,
               kLongest, nullptr, &system);
  for (PetscInt s = 0; s < own; ++s) {
    const PetscInt state = rows.begin + s;
    const PetscInt row = s * rows.actions + action[static_cast<std::size_t>(s)];
    PetscInt size = 0;
    const PetscInt* next = nullptr;
    const double* p = nullptr;
    MatGetRow(rows.transitions, rows.begin * rows.actions + row, &size, &next, &p);
    MatSetValue(system, state, state, 1, ADD_VALUES);
    for (PetscInt k = 0; k < size; ++k)
      MatSetValue(system, state, next[k], -gamma * p[k], ADD_VALUES);
    MatRestoreRow(rows.transitions, rows.begin * rows.actions + row, &size, &next, &p);
    VecSetValue(b, state, rows.reward[static_cast<std::size_t>(row)], INSERT_VALUES);
  }
  MatAssemblyBegin(system, MAT_FINAL_ASSEMBLY);
  MatAssemblyEnd(system, MAT_FINAL_ASSEMBLY);
  VecAssemblyBegin(b);
  VecAssemblyEnd(b);
  return system;
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void solve(const Settings& x) {
  rl::WorldContext context;
  context.model = rl::ModelForm::matrix_free;
  Rows rows(*rl::slippery_grid({.n = static_cast<int>(x.n)}, context).grid);
  Vec b = nullptr;
  VecDuplicate(rows.v, &b);
  KSP ksp = nullptr;
  KSPCreate(PETSC_COMM_WORLD, &ksp);
  KSPSetType(ksp, KSPBCGS);
  KSPSetInitialGuessNonzero(ksp, PETSC_TRUE);
  KSPConvergedDefaultSetUIRNorm(ksp);  // the tolerance is a part of the first residual
  KSPSetTolerances(ksp, x.forcing, 1e-50, PETSC_DEFAULT, 10'000);
  KSPSetFromOptions(ksp);

  MPI_Barrier(PETSC_COMM_WORLD);
  const double begin = MPI_Wtime();
  const double cpu_begin = processor_seconds();
  PetscInt improvements = 0, steps = 0;
  double bound = 0;
  for (;;) {
    const Improvement improvement(rows, x.gamma);
    ++improvements;
    bound = improvement.bound;
    if (bound <= 1e-6) {
      VecShift(rows.v, improvement.middle);
      break;
    }
    Mat system = system_of(rows, improvement.action, x.gamma, b);
    KSPSetOperators(ksp, system, system);
    KSPSolve(ksp, b, rows.v);
    PetscInt its = 0;
    KSPGetIterationNumber(ksp, &its);
    steps += its;
    MatDestroy(&system);
  }
  const double seconds = MPI_Wtime() - begin;

  double cpu = processor_seconds() - cpu_begin;
  MPI_Allreduce(MPI_IN_PLACE, &cpu, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  long memory = usage.ru_maxrss;
  MPI_Allreduce(MPI_IN_PLACE, &memory, 1, MPI_LONG, MPI_MAX, PETSC_COMM_WORLD);
  PetscPrintf(
      PETSC_COMM_WORLD,
      "n %d gamma %g: %.2f s, %.2f processor s, %ld MB a rank; bound %.2g; %d improvements, "
      "%d steps\n",
      static_cast<int>(x.n), x.gamma, seconds, cpu, memory / 1024, bound,
      static_cast<int>(improvements), static_cast<int>(steps));
  KSPDestroy(&ksp);
  VecDestroy(&b);
  VecDestroy(&rows.v);
  VecDestroy(&rows.q);
  MatDestroy(&rows.transitions);
}

}  // namespace

int main(int argc, char** argv) {
  if (PetscInitialize(&argc, &argv, nullptr, nullptr) != 0) return 1;
  PetscPushErrorHandler(PetscAbortErrorHandler, nullptr);
  solve(settings_of_command_line());
  return PetscFinalize() == 0 ? 0 : 1;
}
