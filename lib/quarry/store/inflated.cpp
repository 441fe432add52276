#include "quarry/store/inflated.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/inflate.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/new_file.hpp"

namespace quarry {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20U;

// The file never gets this name; where temporaries need one it goes into theirs, and others who
// may write in the directory must not guess it.
std::filesystem::path unlikely_name(const std::filesystem::path& directory) {
  std::random_device random;
  return directory / concat("quarry-", hex(random(), 8), hex(random(), 8));
}

// Fills `to`; the checksum of what came out.
std::uint32_t inflate_into(new_file& to, inflater& from, std::uint64_t bytes) {
  std::vector<std::byte> piece(std::min<std::uint64_t>(piece_bytes, bytes));
  std::uint32_t checksum = 0;
  for (std::uint64_t done = 0; done < bytes;) {
    const auto wanted = std::span(piece).first(std::min<std::uint64_t>(piece.size(), bytes - done));
    const auto found = wanted.first(from.read(wanted));
    if (found.size() < wanted.size()) {
      throw error(errc::corrupt_header, concat("the deflate stream holds ", done + found.size(),
                                               " bytes, its header says ", bytes));
    }
    to.write(done, found);
    checksum = crc32(found, checksum);
    done += found.size();
  }
  return checksum;
}

// It must end here: what is left would be another reader's array.
void check_end(inflater& from, const deflated& says) {
  std::byte more{};
  if (from.read(std::span(&more, 1)) != 0) {
    throw error(errc::corrupt_header, concat("the deflate stream holds more than the ",
                                             says.inflated_bytes, " bytes its header says"));
  }
  if (from.used_bytes() != says.stored_bytes) {
    throw error(errc::corrupt_header, concat("the deflate stream ends after ", from.used_bytes(),
                                             " bytes, its header says ", says.stored_bytes));
  }
}

// The pages of a file without a name, and the region that others see of them.
struct unnamed_pages {
  std::shared_ptr<const region> pages;
  region seen;
};

}  // namespace

std::shared_ptr<const region> inflate_to_file(std::span<const std::byte> stream,
                                              const deflated& says,
                                              const std::filesystem::path& directory) {
  new_file copy(unlikely_name(directory), says.inflated_bytes);
  inflater from(stream);
  const std::uint32_t checksum = inflate_into(copy, from, says.inflated_bytes);
  check_end(from, says);
  if (says.crc32 && *says.crc32 != checksum) {
    throw error(errc::corrupt_header, concat("the checksum of the inflated bytes is ", checksum,
                                             ", the header says ", *says.crc32));
  }
  const auto out = std::make_shared<unnamed_pages>(unnamed_pages{copy.share(), *copy.share()});
  out->seen.writable = false;
  out->seen.path.clear();
  return {out, &out->seen};
}

}  // namespace quarry
