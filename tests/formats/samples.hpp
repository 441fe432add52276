// samples.hpp: a small file of each format, whole, for tests that run over the table of formats.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/store/format.hpp"

namespace samples {

/// The elements of all samples: 2 * 3 * 7 bytes.
inline const std::string data = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";

/// A small file of one array over the first bytes of `data`.
struct sample {
  quarry::array_info array{};
  std::string file{};  ///< with the header
  std::size_t header_bytes = 0;
  std::string file_name{};  ///< where the name is what tells the format
  std::string data_file{};  ///< where the file describes another one, which holds `data`
  int certainty = 95;       ///< of the probe
  /// What makes a damaged file pass the format's checksums again; null if there are none.
  std::string (*sealed)(std::string file) = nullptr;
  bool is_by_data = false;  ///< the data file is what is opened, and the header lies beside it
};

/// Arrays of shape (2, 3) in either order, of numbers in either byte order and of a record, that
/// have a sample rate: each format that is written holds some of them.
std::vector<quarry::array_info> arrays();

/// Calls `check` with each format and each of its samples. A format without samples fails.
void for_each_sample(const std::function<void(const quarry::format&, const sample&)>& check);

/// The file that is opened, where the one with the header is `file`, damaged or not.
std::string_view opened(const sample& of, std::string_view file);

/// The directory that it lies in. Borrows both.
quarry::siblings beside(const sample& of, std::string_view file);

}  // namespace samples
