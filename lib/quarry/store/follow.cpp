#include "quarry/store/follow.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "quarry/array/growth.hpp"
#include "quarry/base/deadline.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/file_watch.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/store/growing_array.hpp"

namespace quarry {
namespace {

// A header that is being changed is whole again after some microseconds, unless its writer waits
// for its turn on a busy machine.
constexpr int quick_looks = 20;
constexpr int most_looks = 220;
constexpr std::chrono::milliseconds between_looks{1};

// What `look` returns; while it fails it is called again, for what it sees may just be changing.
// Failures of the system are final.
template <class Look>
auto steady(const Look& look) {
  for (int count = 1;; ++count) {
    try {
      return look();
    } catch (const error& failure) {
      if (failure.code().category() != quarry_category() || count == most_looks) throw;
    }
    if (count > quick_looks) std::this_thread::sleep_for(between_looks);
  }
}

// As the file has it now: of one that is not mapped the first look has left its pages.
std::vector<std::byte> bytes_of(const region& memory, std::uint64_t offset, std::uint64_t bytes) {
  std::vector<std::byte> out(bytes);
  if (!is_mapped(memory)) {
    read_bytes(memory, offset, out);
    return out;
  }
  const fault_guard guard(memory);
  std::copy_n(memory.data + offset, out.size(), out.data());
  guard.check();
  return out;
}

// The last bytes of the first rows of an array, `size_bytes` long: another file has others there.
std::vector<std::byte> end_of_rows(const array& of, std::int64_t size_bytes) {
  constexpr std::int64_t most_bytes = 4096;
  const std::int64_t bytes = std::min(size_bytes, most_bytes);
  const std::int64_t end = of.origin().offset_bytes + size_bytes;
  return bytes_of(*of.memory(), static_cast<std::uint64_t>(end - bytes),
                  static_cast<std::uint64_t>(bytes));
}

}  // namespace

struct follower::state {
  std::filesystem::path path;
  std::span<const format> table;
  open_options options;
  std::string name;  // as the caller gave it
  file_watch watch;
  array rows{};
  growth along{};
  std::vector<std::byte> last{};  // of the rows

  array look() const;
  array look_for_more() const;
};

// The file's size is taken before its header is read: more rows than were in the file by then,
// which digits of two numbers can say, do not fit it. Fewer rows are a part of what is committed. A
// header that says the same twice was not caught between.
array follower::state::look() const {
  const file opened = file::open(path, table, options);
  return about(path, [&] {
    const format& as = detail::growing_format(opened, table);
    const array_info& info = detail::only_array(opened.contents());
    const array found = opened.get(name);
    const region& memory = *found.memory();
    const array_info again = detail::only_array(as.parse(bytes_of(memory, 0, info.offset_bytes), siblings{}));
    if (again.where == info.where && again.type == info.type) return found;
    throw error(errc::changed, "its header changes while it is read");
  });
}

array follower::state::look_for_more() const {
  const array found = look();
  const auto now = growth_of(found.where());
  const std::int64_t known = rows.where().extent(along.axis);
  if (found.type() != rows.type() || !now || now->axis != along.axis ||
      with_rows(found.where(), along, known) != rows.where()) {
    throw error(errc::changed,
                concat("holds an array of another dtype or shape by now: ",
                       tuple_text(found.shape()), " in the place of ", tuple_text(rows.shape())),
                path);
  }
  if (found.where().extent(along.axis) < known) {
    throw error(errc::changed,
                concat("has ", found.where().extent(along.axis), " rows by now, it had ", known),
                path);
  }
  if (end_of_rows(found, rows.size_bytes()) != last) {
    throw error(errc::changed, concat("holds other rows by now: row ", known - 1, " is another one"),
                path);
  }
  return found;
}

follower::follower(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
follower::follower(follower&&) noexcept = default;
follower& follower::operator=(follower&&) noexcept = default;
follower::~follower() = default;

follower follower::open(const std::filesystem::path& path, std::span<const format> table,
                        const open_options& options, std::string_view name) {
  if (options.strict || options.allow_prefix) {
    throw error(errc::invalid_argument,
                "is followed as an appender leaves it, not strictly and not as a prefix", path);
  }
  auto s =
      std::make_unique<state>(state{path, table, options, std::string(name), file_watch(path)});
  s->rows = steady([&] { return s->look(); });
  s->along = about(path, [&] { return detail::required_growth(s->rows.where()); });
  s->last = end_of_rows(s->rows, s->rows.size_bytes());
  return follower(std::move(s));
}

const array& follower::rows() const noexcept { return state_->rows; }
int follower::axis() const noexcept { return state_->along.axis; }
std::int64_t follower::count() const noexcept {
  return state_->rows.where().extent(state_->along.axis);
}

// What was an array once, and is none now, has changed.
bool follower::refresh() try {
  array found = steady([&] { return state_->look_for_more(); });
  if (found.shape()[static_cast<std::size_t>(axis())] == count()) return false;
  state_->last = end_of_rows(found, found.size_bytes());
  state_->rows = std::move(found);
  return true;
} catch (const error& failure) {
  const bool is_gone = failure.code() == std::errc::no_such_file_or_directory;
  const bool is_other = failure.code().category() == quarry_category();
  if ((!is_gone && !is_other) || failure.code() == errc::changed) throw;
  throw error(errc::changed, concat("is not the file that was followed: ", failure.message()),
              failure.path());
}

bool follower::wait(std::chrono::milliseconds timeout, const std::stop_token& stop) {
  const deadline until(timeout);
  while (true) {
    if (refresh()) return true;
    if (until.is_over() || stop.stop_requested()) return false;
    state_->watch.wait(std::chrono::ceil<std::chrono::milliseconds>(until.left()), stop);
  }
}

}  // namespace quarry
