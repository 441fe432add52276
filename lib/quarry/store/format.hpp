// format.hpp: the joint between files and formats: pure functions from bytes to descriptions of
// arrays, and back. A format never opens, sizes, maps or writes a file.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/array/dtype.hpp"
#include "quarry/array/layout.hpp"
#include "quarry/array/scaling.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {

struct attribute;

/// What an attribute says: nothing, a truth value, a number, a text, a list, or named values.
struct attribute_value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string,
               std::vector<attribute_value>, std::vector<attribute>>
      value;
};

/// A named remark on a file or an array: units, axis names, the format's own keywords.
struct attribute {
  std::string name;
  attribute_value value;
};

/// In the order of the file.
using attributes = std::vector<attribute>;

/// The value of the first attribute called `name`; null if there is none. Valid while `in` is.
inline const attribute_value* find_attribute(const attributes& in, std::string_view name) {
  for (const attribute& each : in) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

/// How an array's bytes are stored.
enum class encoding : std::uint8_t {
  plain,    ///< as its layout says: can be mapped
  deflate,  ///< one raw deflate stream (RFC 1951): read through a copy that is inflated
  pickle,   ///< Python objects: described, never read
};

/// What is known of the stream of a deflated array before it is inflated.
struct deflated {
  std::uint64_t stored_bytes = 0;    ///< in the file
  std::uint64_t inflated_bytes = 0;  ///< that come out, exactly
  std::uint64_t offset_bytes = 0;    ///< of element [0, ..., 0] in what comes out
  std::optional<std::uint32_t>
      crc32{};  ///< of what comes out (that of zip and gzip), if it is known
};

/// One of the arrays that a stack is made of.
struct part_info {
  std::filesystem::path file;  ///< as array_info::data_file
  /// What its own header calls the array, empty: the first. Nothing: no header is looked at, the
  /// elements lie as `where` and `offset_bytes` say.
  std::optional<std::string> array{};
  dtype type;
  layout where;
  std::uint64_t offset_bytes = 0;  ///< of element [0, ..., 0] from the start of the file
  /// The part itself, where it lies in memory and no name leads to it: it can be copied, but no
  /// layout file can tell where it is.
  std::optional<quarry::array> in_memory{};
};

/// A number for the elements that nobody has.
using fill_number = std::variant<std::int64_t, std::uint64_t, double>;

/// What an array is made of that lies in several files.
struct stack_info {
  int axis = 0;              ///< of the whole array, along which the parts follow each other
  bool is_new_axis = false;  ///< the parts do not have it: each is one index
  std::vector<part_info> parts{};
  /// In the place of parts whose file is not there; nothing: that is an error.
  std::optional<fill_number> fill{};
};

/// The shape that the parts have together. Throws as concatenated_shape() and stacked_shape() of
/// array/stacked.hpp do.
std::vector<std::int64_t> shape_of(const stack_info& stack);

/// One array of a file, as its header describes it.
struct array_info {
  std::string name;  ///< empty in a format of one array
  dtype type;
  layout where;  ///< item size is the dtype's
  /// Of element [0, ..., 0] from the start of its file; of a deflated array: of its stream.
  std::uint64_t offset_bytes = 0;
  /// Empty: this file. Else a file beside it or below; elsewhere if the caller of open() allows it.
  std::filesystem::path data_file{};
  encoding stored_as = encoding::plain;
  deflated stream{};  ///< of a deflated array
  scaling scale{};    ///< never applied in a view; the store checks that it fits the shape
  /// Under the spelling of the format, but what many formats say has one name: `units` (text),
  /// `sample_rate` (number, Hz), `axis_names` (list of texts, one per axis), `axis_units` (the
  /// same), `description` (text).
  attributes attrs{};
  /// Of an array that has no bytes of its own: `where` is its shape and no more.
  std::optional<stack_info> stack{};
};

/// An array that cannot be mapped: what it is, why, and what to do about it.
struct skipped_array {
  std::string name;
  std::string reason;
  std::string remedy;
};

/// All that a file's header says.
struct catalog {
  std::vector<array_info> arrays;
  std::vector<skipped_array> skipped{};
  attributes attrs{};
  std::vector<std::string> warnings{};  ///< legal but unusual, each with the byte where it stands
};

/// What is seen of a data file: its size, and its first bytes.
struct neighbour {
  std::uint64_t file_bytes = 0;
  std::string start{};
};

/// What a format may see of the directory: small files beside the one being read.
struct siblings {
  /// The name of the file itself, without directory.
  std::string file_name;
  /// Whether a file called `name` is in the same directory. Does not throw.
  std::function<bool(std::string_view name)> exists = [](std::string_view) { return false; };
  /// The bytes of the regular file `name` in the same directory, of at most 64 MiB; nothing if
  /// there is none or it is larger. Throws error if its disk fails.
  std::function<std::optional<std::string>(std::string_view name)> read = [](std::string_view) {
    return std::nullopt;
  };
  /// The size of the file `name` and at most `bytes` of its first bytes, for headers that say where
  /// data lies by what stands in its file. `name` may be what array_info::data_file may be. Throws
  /// error if it is not, or if there is no such file.
  std::function<neighbour(std::string_view name, std::size_t bytes)> look =
      [](std::string_view name, std::size_t) -> neighbour {
    throw error(errc::not_found, concat("no file '", name, "' is beside the header"));
  };
};

/// What a probe sees of a file.
struct file_head {
  std::span<const std::byte> bytes;  ///< the first 4 KiB, or all of a shorter file
  std::uint64_t file_bytes;
  const siblings& beside;
};

/// How the files of a format are called that keeps data and header apart: x.img and x.hdr.
struct file_pair {
  /// Endings of data files; the first is that of a new one whose header was named.
  std::span<const std::string_view> data_suffixes{};
  std::string_view header_suffix{};  ///< empty: no pair
};

/// Bytes to store in a new file.
struct patch {
  std::uint64_t offset_bytes;
  std::vector<std::byte> bytes;
};

/// The CRC-32 (crc32() of base/inflate.hpp) of bytes of a new file, its elements among them.
struct checksum {
  std::uint64_t offset_bytes = 0;  ///< of the first byte that counts
  std::uint64_t size_bytes = 0;
  std::vector<std::uint64_t> stored_at{};  ///< where its 4 bytes are stored, little-endian
};

/// Where the number of rows stands in the text of a header: blanks, and the number, with which the
/// field ends.
struct row_field {
  std::size_t begin = 0;  ///< offset in the header, as `end`
  std::size_t end = 0;
  /// Has the mark of an appender at work, which others take no notice of: bytes behind the rows are
  /// an appender's that were never committed.
  bool is_open = false;

  std::size_t size() const noexcept { return end - begin; }
};

/// What a header is to say.
struct row_count {
  std::int64_t rows = 0;
  std::uint64_t end_bytes = 0;  ///< offset in the file where the last of them ends
  bool is_open = false;         ///< with the mark of row_field
};

/// How a file that holds one array alone gets more rows (see growth_of()) where it stands, for
/// formats that can: the number of rows lies in a field of the header that takes any number. All
/// functions are null where they cannot. `header` is what stands in front of the data, as parse()
/// accepted it.
struct growing_header {
  /// Where its rows stand; nothing if it does not tell them in one place.
  std::optional<row_field> (*field)(std::span<const std::byte> header) = nullptr;
  /// What to store so that the header, whose field is `field`, says `count`: bytes of one sector
  /// (512 bytes), so that not even a power loss leaves a part of them. Nothing if the field does not
  /// take any number and there is no room to make it wider; if there is, it is another field
  /// afterwards. May do without checking that parse() takes the result for the same array: the
  /// store does.
  std::optional<patch> (*with_rows)(std::span<const std::byte> header, const row_field& field,
                                    const row_count& count) = nullptr;
  /// A new header for the same file, with such a field.
  std::vector<std::byte> (*make)(const catalog& contents) = nullptr;
};

/// How a new file is laid out; of a pair, the data file.
struct file_plan {
  std::vector<std::byte> header;             ///< the file's first bytes
  std::vector<std::uint64_t> offsets_bytes;  ///< of each array's element [0, ..., 0]
  std::uint64_t file_bytes = 0;
  std::vector<std::byte> trailer{};   ///< the file's last bytes, behind the data
  std::vector<std::byte> detached{};  ///< of a pair: all bytes of the header file
  std::vector<patch> between{};       ///< headers of arrays behind the first
  std::vector<checksum> checksums{};  ///< stored when the elements are there
};

/// One row of the table of formats.
struct format {
  std::string_view name;
  /// Endings of file names that are this format's, ".npy": a new file called so is written in it,
  /// or refused by its name where it is only read. May be empty.
  std::span<const std::string_view> suffixes{};
  /// How sure the format is that a file is its own, 0 to 100: a magic is 95, a heuristic 30, a
  /// suffix alone 20. Of the neighbours it may ask for those that the file's own name speaks of.
  int (*probe)(const file_head& head) noexcept;
  /// Reads a whole file's headers. Throws error without a path; arrays may lie outside the file,
  /// which the store checks. `file` stays valid during the call only.
  catalog (*parse)(std::span<const std::byte> file, const siblings& beside);
  /// Lays out a new file for arrays whose layouts are contiguous; null: the format is not written.
  /// Throws error(unsupported) for dtypes or numbers of arrays that it cannot hold.
  file_plan (*plan)(std::span<const array_info> arrays) = nullptr;
  /// Whether arrays have names of their own. Without them plan() gets none.
  bool has_names = false;
  /// For formats that are written in two files.
  file_pair pair{};
  /// For formats of a detached header: how sure a file whose bytes and name say nothing is of data
  /// that a header beside it belongs to; at most 90. Asked of files that nobody's magic is in, for
  /// looking at the directory costs more than all probes. Throws error if the disk fails under a
  /// header; a broken one claims nothing. Null: no such file.
  int (*probe_beside)(const siblings& beside) = nullptr;
  /// For formats whose files get more rows where they stand.
  growing_header growing{};
};

}  // namespace quarry
