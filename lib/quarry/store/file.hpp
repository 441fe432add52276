// file.hpp: a file opened through the table of formats: its arrays, mapped.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/array/stacked.hpp"
#include "quarry/kernels/cast.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/store/format.hpp"

namespace quarry {

namespace detail {
class part_files;
}

/// How a file is opened.
struct open_options {
  access mode = access::read_only;
  std::string format{};  ///< name of the format; empty: recognized by its bytes and name
  std::string
      layout{};  ///< of a headerless file, as parse_layout() reads it; empty: it has a header
  io_method io = io_method::automatic;  ///< of the file and its data files
  bool strict = false;        ///< what is legal but unusual (catalog::warnings) is an error
  bool allow_prefix = false;  ///< a file that is too short gives as many rows as it holds
  /// Directories below which data files may lie that a header speaks of, also under absolute names,
  /// names with `..` and through links. Always allowed: the header's own directory and below.
  std::vector<std::filesystem::path> allow_external{};
  /// Where load() keeps what it inflates, in files without a name: on a disk, for memory's sake.
  std::filesystem::path scratch = "/var/tmp";
};

/// An open file: what its header says and the mapping that all its arrays share. The arrays may
/// outlive it. Move-only; thread-safe when const.
class file {
 public:
  /// Maps `path`, asks the formats of `table` whose it is, reads the header and checks that every
  /// array lies inside its file. Throws error(not_recognized) naming the candidates if no format
  /// or several claim it, what the format's parse and mapping::open() throw, and what
  /// fault_guard::check() throws if the file is truncated meanwhile or its disk fails. The table
  /// must outlive the file and its stacks.
  static file open(const std::filesystem::path& path, std::span<const format> table,
                   const open_options& options = {});

  /// Bytes that are in memory already and are known to hold `contents`, such as an array that
  /// processes share; `path` and `format_name` are for messages. Throws error(truncated) and
  /// error(out_of_bounds) if an array does not lie in `memory`, which must not be null.
  static file over(const std::filesystem::path& path, std::string_view format_name,
                   catalog contents, std::shared_ptr<const region> memory);

  /// As given to open().
  const std::filesystem::path& path() const noexcept { return path_; }
  /// "npy", "bin", ...; "raw" for a file whose layout was given.
  std::string_view format_name() const noexcept { return format_name_; }
  /// Bytes of the file itself; data files beside it are not counted.
  std::uint64_t size_bytes() const noexcept { return own_.bytes().size(); }
  /// The header's content. Valid while this file lives.
  const catalog& contents() const noexcept { return contents_; }

  /// The array at `position` in contents().arrays. Throws error(out_of_bounds), and
  /// error(unsupported) if it is described but cannot be mapped, or is a stack of several.
  array at(std::size_t position) const;
  /// The same, but a deflated array is inflated first: into an unnamed file in
  /// open_options::scratch, mapped read-only, that needs the whole array's space there. It has no
  /// origin(). Throws as at() does, error(corrupt_header) and error(truncated) for a damaged
  /// stream, error(changed) if the file is not what it was when it was opened, and what the system
  /// says of a full disk.
  array load(std::size_t position) const;
  /// The same for any array: of one that lies in several files its parts, else load(position) as
  /// the only part. The files of the parts are opened when elements are read, at most 256 at a
  /// time; what can be wrong with them is thrown then: what open() and load() throw, error(changed)
  /// if a part is not what the stack's header says or another file than before. Throws as load()
  /// does.
  stacked stack(std::size_t position) const;
  /// How a stack names the array at `position`, by this file's path; what no path leads to, a
  /// shared array among them, it holds itself. Throws error(unsupported) for a stack, and as load()
  /// does.
  part_info as_part(std::size_t position) const;
  /// Where the array called `name` stands in contents().arrays; an empty name is the first one,
  /// digits that are no name count from 0. Throws error(not_found) listing the names there are,
  /// error(unsupported) with the reason if the format skipped it.
  std::size_t position_of(std::string_view name) const;
  /// The array called `name`: at(position_of(name)). It keeps its mapping alive, not this file.
  array get(std::string_view name = {}) const;
  /// The array called `name`: load(position_of(name)).
  array load(std::string_view name = {}) const;

  /// Throws error(changed) unless the files are what they were when opened, those of parts as far
  /// as they are open; see quarry::verify_unchanged() of map/mapping.hpp.
  void verify_unchanged() const;
  /// Makes stores durable, those into parts too. Throws as mapping::flush() does: error(read_only)
  /// unless opened read_write.
  void flush(durability level = durability::power_loss);
  /// Unmaps. Throws error(busy) if arrays still hold a mapping, of parts one of those that are open,
  /// or if a stack is held; then nothing happens.
  void close();

 private:
  file(std::filesystem::path path, mapping own) noexcept;
  void read_header(std::span<const format> table, const open_options& options);
  void check_arrays(const open_options& options);
  void add_stack(std::size_t position);
  const array_info& info_at(std::size_t position) const;
  const mapping& mapping_of(const array_info& info) const;

  std::filesystem::path path_;
  mapping own_;
  std::string format_name_;
  open_options how_;
  std::span<const format> table_;
  catalog contents_;
  std::map<std::filesystem::path, mapping> beside_;  // data files of detached headers
  std::map<std::size_t, std::shared_ptr<detail::part_files>> stacks_;  // by position
};

/// The stack with its files named as the header `header` may speak of them: relative to its
/// directory where they lie in it or below, else absolute. Throws error(unsupported) for what
/// neither lies there nor below one of the directories `allowed`.
stack_info named_beside(stack_info stack, const std::filesystem::path& header,
                        std::span<const std::filesystem::path> allowed);

/// The parts of info.stack as one array, each opened by its name as it stands there, also where it
/// leads to another directory. Parts are cast to info's dtype as `rule` allows. For the rest as
/// file::stack().
stacked open_parts(const array_info& info, std::span<const format> table,
                   const open_options& options = {}, casting rule = casting::same_kind);

/// The format of `table` in which a header beside `path` says that a file of that name has its
/// data; null if there is none. Whether the file is there does not matter. Throws error if the disk
/// fails.
const format* described_beside(const std::filesystem::path& path, std::span<const format> table);

}  // namespace quarry
