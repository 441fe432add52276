// Arrays that are passed on as descriptors.
#include "quarry/share/frozen.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/share/segment_header.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "share/made.hpp"

using namespace quarry::share;
using quarry::errc;

namespace {

const std::vector<std::int64_t> shape{2, 3};

frozen made() {
  freezable next(quarry::element<std::uint64_t>::type(), shape);
  std::iota(data_of(next.elements()), data_of(next.elements()) + 6, 10);
  return std::move(next).freeze();
}

// As programs do it that know each other by a socket, unix(7).
struct message {
  char byte = 0;
  iovec text{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
  msghdr head{};

  message() {
    head.msg_iov = &text;
    head.msg_iovlen = 1;
    head.msg_control = room.data();
    head.msg_controllen = room.size();
  }
};

bool send(int socket, int descriptor) {
  message out;
  cmsghdr* const about = CMSG_FIRSTHDR(&out.head);
  about->cmsg_level = SOL_SOCKET;
  about->cmsg_type = SCM_RIGHTS;
  about->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(about), &descriptor, sizeof descriptor);
  return ::sendmsg(socket, &out.head, 0) == 1;
}

int received(int socket) {
  message in;
  if (::recvmsg(socket, &in.head, MSG_CMSG_CLOEXEC) != 1) return -1;
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&in.head)), sizeof descriptor);
  return descriptor;
}

}  // namespace

TEST_CASE("frozen: another process reads it in place", "[share]") {
  std::array<int, 2> sockets{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) == 0);
  {
    const frozen first = made();
    REQUIRE(send(sockets[0], first.descriptor()));
  }
  // Nobody but the message holds it now.
  CHECK(in_child([&] {
          const int descriptor = received(sockets[1]);
          const frozen own = frozen::attach(descriptor);
          ::close(descriptor);
          return std::ranges::equal(own.elements().shape(), shape) &&
                 std::ranges::equal(values_of(own.elements()),
                                    std::vector{10, 11, 12, 13, 14, 15}) &&
                 !own.elements().writable();
        }) == 0);
  for (const int socket : sockets) ::close(socket);
}

TEST_CASE("frozen: nobody can change it", "[share]") {
  const frozen there = made();
  CHECK(::ftruncate(there.descriptor(), 4096) == -1);
  CHECK(::pwrite(there.descriptor(), "x", 1, 0) == -1);
  CHECK(fails_with(errc::read_only, [&] { there.elements().mutable_data(); }));
}

TEST_CASE("frozen: its elements outlive it", "[share]") {
  quarry::array elements;
  {
    const frozen there = made();
    elements = there.elements().slice("1");
  }
  CHECK(std::ranges::equal(values_of(elements), std::vector{13, 14, 15}));
}

TEST_CASE("frozen: an array that others can still store into is not frozen", "[share]") {
  freezable next(quarry::element<std::uint64_t>::type(), shape);
  {
    const quarry::array holder = next.elements().slice("0");
    freezable other = std::move(next);
    CHECK(fails_with(errc::busy, [&] { std::move(other).freeze(); }));
  }
}

TEST_CASE("frozen: what is no frozen array is refused", "[share]") {
  CHECK(fails_with(EBADF, [] { frozen::attach(-1); }));
  CHECK(fails_with(errc::unsupported, [] { frozen::attach(0); }));
  const auto refusal = [](const std::vector<std::byte>& start, std::uint64_t size) {
    quarry::fillable_memory memory("test", size);
    std::ranges::copy(start, memory.share()->data);
    const quarry::sealed_memory sealed = std::move(memory).seal();
    return failure_of([&] { frozen::attach(sealed.descriptor()); });
  };
  CHECK(refusal({}, 0).code() == errc::truncated);
  CHECK(refusal({}, 8192).code() == errc::corrupt_header);
  const auto type = quarry::element<std::uint64_t>::type();
  const segment_header rows = plan_segment(segment_kind::append, type, shape, 1);
  CHECK(refusal(bytes_of(rows), rows.file_bytes).message() ==
        "a segment of the kind append, not frozen");
  const segment_header whole = plan_segment(segment_kind::frozen, type, shape, 1);
  CHECK(refusal(bytes_of(whole), whole.file_bytes - 1).code() == errc::truncated);
  CHECK_FALSE(refusal(bytes_of(whole), whole.file_bytes).code());
}
