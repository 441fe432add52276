#include "quarry/map/sealed_memory.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <utility>

#include <boost/interprocess/mapped_region.hpp>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/mapped_file.hpp"

namespace quarry {
namespace {

namespace ipc = boost::interprocess;
using detail::file_handle;

constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// The pages and the region that they are.
struct mapped_memory {
  ipc::mapped_region pages;
  region where{};
};

std::shared_ptr<const region> mapped(const file_handle& file, bool writable) {
  const auto status = detail::status_of(file, {});
  auto memory = std::make_shared<mapped_memory>();
  // Private pages: kernels before 6.7 refuse a shared mapping of what is sealed against writing.
  memory->pages =
      detail::map_pages(file, checked::narrow<std::size_t>(status.st_size, "the memory"),
                        writable ? ipc::read_write : ipc::read_private, {});
  memory->where.data = static_cast<std::byte*>(memory->pages.get_address());
  memory->where.bytes = memory->pages.get_size();
  memory->where.writable = writable;
  return {memory, &memory->where};
}

}  // namespace

struct sealed_memory::state {
  file_handle file;
  std::shared_ptr<const region> memory;
};

struct fillable_memory::state {
  file_handle file;
  std::shared_ptr<const region> memory;
};

sealed_memory::sealed_memory(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
sealed_memory::sealed_memory(sealed_memory&&) noexcept = default;
sealed_memory& sealed_memory::operator=(sealed_memory&&) noexcept = default;
sealed_memory::~sealed_memory() = default;

sealed_memory sealed_memory::open(int descriptor) {
  file_handle own(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (!own) throw system_error_now(concat("cannot use the descriptor ", descriptor));
  const int seals = ::fcntl(own.descriptor(), F_GET_SEALS);
  if (seals < 0 || (seals & all_seals) != all_seals) {
    throw error(errc::unsupported,
                concat("the descriptor ", descriptor,
                       " is not sealed against shrinking, growing, writing and further seals"));
  }
  auto memory = mapped(own, false);
  return sealed_memory(std::make_unique<state>(state{std::move(own), std::move(memory)}));
}

int sealed_memory::descriptor() const noexcept { return state_->file.descriptor(); }

const std::shared_ptr<const region>& sealed_memory::share() const noexcept {
  return state_->memory;
}

fillable_memory::fillable_memory(const std::string& label, std::uint64_t size_bytes) {
  const auto bytes = checked::narrow<off_t>(size_bytes, "the memory");
  file_handle file(::memfd_create(label.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) throw system_error_now("cannot make memory that can be sealed");
  int failure = 0;
  do {
    failure = bytes > 0 ? ::posix_fallocate(file.descriptor(), 0, bytes) : 0;
  } while (failure == EINTR);
  if (failure != 0) {
    throw error({failure, std::system_category()}, concat("cannot reserve ", bytes, " bytes"));
  }
  auto memory = mapped(file, true);
  state_ = std::make_unique<state>(state{std::move(file), std::move(memory)});
}

fillable_memory::fillable_memory(fillable_memory&&) noexcept = default;
fillable_memory& fillable_memory::operator=(fillable_memory&&) noexcept = default;
fillable_memory::~fillable_memory() = default;

const std::shared_ptr<const region>& fillable_memory::share() const noexcept {
  return state_->memory;
}

// The kernel itself refuses the seal as long as a writable mapping exists.
sealed_memory fillable_memory::seal() && {
  if (const auto holders = state_->memory.use_count() - 1; holders > 0) {
    throw error(errc::busy, concat("cannot seal: ", holders, " still hold the memory"));
  }
  state_->memory.reset();
  if (::fcntl(state_->file.descriptor(), F_ADD_SEALS, all_seals) != 0) {
    throw system_error_now("cannot seal the memory");
  }
  return sealed_memory::open(state_->file.descriptor());
}

}  // namespace quarry
