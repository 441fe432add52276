// handle.hpp: a view of a file as a short text, from which another process makes the same view.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "quarry/array/dtype.hpp"
#include "quarry/array/layout.hpp"

namespace quarry {

/// What finds a view of a file again: the file, and where the elements lie in it. Says nothing that
/// was checked: open_handle() of store/open_handle.hpp does that. A value; thread-safe when const.
struct array_handle {
  std::filesystem::path path;  ///< absolute
  std::uint64_t device = 0;    ///< st_dev of the file
  std::uint64_t inode = 0;     ///< st_ino of the file
  dtype type;
  layout where;                   ///< item size is the dtype's
  std::int64_t offset_bytes = 0;  ///< of element [0, ..., 0], from the start of the file

  friend bool operator==(const array_handle&, const array_handle&) = default;
};

/// One line, a Python literal as the header of a .npy is:
///
///     {'path': '/data/scan.npy', 'file': '2049:131074', 'descr': '>f4', 'shape': (2, 3),
///      'strides': (-4000, 8), 'offset': 4128}
///
/// `file` is device and inode, `strides` and `offset` are bytes. Below 1 KB unless the path or a
/// record is long. A path that is not UTF-8 stands as hexadecimal digits under `path_hex`. The same
/// handle gives the same text.
std::string to_string(const array_handle& handle);

/// Reads what to_string() writes, the keys in any order. Throws error(invalid_argument) for any
/// other text, a path that is not absolute, and a dtype spelled otherwise than in a .npy;
/// error(limit_exceeded) and error(unsupported) for sizes and types that quarry does not have.
array_handle parse_handle(std::string_view text);

}  // namespace quarry
