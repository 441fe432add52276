// targets.hpp: the vector kernels on one target of this CPU after another (Google Highway).
#pragma once
#include <cstdint>
#include <hwy/highway.h>
#include <vector>

namespace sample {

/// Kernels run on `target` while this lives, on the best target again afterwards.
class only_target {
 public:
  explicit only_target(std::int64_t target) { choose(target); }
  only_target(const only_target&) = delete;
  only_target& operator=(const only_target&) = delete;
  ~only_target() { choose(0); }

 private:
  static void choose(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

/// All that this CPU supports, and the portable fallback.
inline std::vector<std::int64_t> all_targets() {
  std::vector<std::int64_t> out = hwy::SupportedAndGeneratedTargets();
  if (out.back() != HWY_STATIC_TARGET) out.push_back(HWY_STATIC_TARGET);
  return out;
}

}  // namespace sample
