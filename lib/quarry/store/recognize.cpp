#include "quarry/store/recognize.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/store/data_file.hpp"

namespace quarry::detail {
namespace {

constexpr std::uint64_t sibling_limit_bytes = std::uint64_t{64} << 20U;

// Nothing where there is no such file, or none that is regular: the same to a format.
std::optional<mapping> opened_if_there(const std::filesystem::path& path, io_method io) {
  constexpr std::array no_file{std::errc::no_such_file_or_directory, std::errc::not_a_directory,
                               std::errc::filename_too_long,
                               std::errc::too_many_symbolic_link_levels};
  try {
    return mapping::open(path, access::read_only, io);
  } catch (const error& failure) {
    const bool is_none =
        failure.code() == errc::unsupported ||
        std::ranges::any_of(no_file, [&](std::errc each) { return failure.code() == each; });
    if (!is_none) throw;
    return std::nullopt;
  }
}

// The first `bytes` of a file, or all of a shorter one. Throws if they are lost meanwhile.
std::string start_of(const mapping& of, std::size_t bytes) {
  const fault_guard guard(of);
  const auto start = of.bytes().first(std::min(of.bytes().size(), bytes));
  std::string text(reinterpret_cast<const char*>(start.data()), start.size());
  guard.check();
  return text;
}

// The name of a format and how sure it is.
struct claim {
  const format* by;
  int certainty;
};

// What undoes a compression of the whole file, by its first bytes.
struct compression {
  std::string_view magic;
  std::string_view remedy;
};

constexpr std::array compressions{compression{"\x1f\x8b", "gunzip"}, compression{"BZh", "bunzip2"},
                                  compression{"\xfd\x37zXZ", "unxz"},
                                  compression{"\x28\xb5\x2f\xfd", "unzstd"}};

[[noreturn]] void refuse_unknown(std::span<const format> table, const file_head& head) {
  if (head.file_bytes == 0) throw error(errc::not_recognized, "empty file");
  const std::string_view start(reinterpret_cast<const char*>(head.bytes.data()), head.bytes.size());
  for (const auto& [magic, remedy] : compressions) {
    if (!start.starts_with(magic)) continue;
    throw error(errc::not_recognized,
                concat("compressed as a whole, so nothing can be mapped: ", remedy, " it first"));
  }
  std::string names;
  for (const format& f : table) names += concat(names.empty() ? "" : ", ", f.name);
  throw error(errc::not_recognized,
              concat("no known format (", names, "); a layout reads a headerless file"));
}

std::vector<claim> claims_of(std::span<const format> table, const file_head& head) {
  constexpr int surest_beside = 90;
  std::vector<claim> out;
  int surest = 0;
  for (const format& f : table) {
    const int certainty = f.probe(head);
    if (certainty > 0) out.push_back({&f, certainty});
    surest = std::max(surest, certainty);
  }
  if (surest > surest_beside) return out;
  for (const format& f : table) {
    const int certainty = f.probe_beside != nullptr ? f.probe_beside(head.beside) : 0;
    if (certainty > 0) out.push_back({&f, certainty});
  }
  return out;
}

}  // namespace

siblings siblings_of(const std::filesystem::path& path, const open_options& options,
                     bool& were_read) {
  siblings out;
  out.file_name = path.filename().string();
  out.exists = [directory = path.parent_path()](std::string_view name) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(directory / name, ignored);
  };
  out.read = [directory = path.parent_path(), io = options.io,
              &were_read](std::string_view name) -> std::optional<std::string> {
    were_read = true;
    const std::filesystem::path wanted(name);
    if (wanted.has_parent_path() || wanted.empty()) return std::nullopt;
    const std::optional<mapping> beside = opened_if_there(directory / wanted, io);
    if (!beside || beside->bytes().size() > sibling_limit_bytes) return std::nullopt;
    return start_of(*beside, sibling_limit_bytes);
  };
  out.look = [path, allowed = options.allow_external, io = options.io](std::string_view name,
                                                                       std::size_t bytes) {
    const mapping data = mapping::open(data_path(path, name, allowed), access::read_only, io);
    return neighbour{data.bytes().size(), start_of(data, bytes)};
  };
  return out;
}

const format& recognize(std::span<const format> table, const file_head& head) {
  std::vector<claim> claims = claims_of(table, head);
  if (claims.empty()) refuse_unknown(table, head);
  std::ranges::sort(claims, std::ranges::greater{}, &claim::certainty);
  if (claims.size() > 1 && claims[0].certainty == claims[1].certainty) {
    throw error(errc::not_recognized, concat("could be ", claims[0].by->name, " or ",
                                             claims[1].by->name, "; name the format"));
  }
  return *claims[0].by;
}

const format& find_format(std::span<const format> table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &format::name);
  if (found == table.end()) {
    throw error(errc::invalid_argument, concat("no format is called '", name, "'"));
  }
  return *found;
}

}  // namespace quarry::detail
