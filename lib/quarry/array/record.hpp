// record.hpp: a C++ struct as a record dtype, described once by QUARRY_RECORD.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/preprocessor/seq/for_each.hpp>
#include <boost/preprocessor/stringize.hpp>
#include <boost/preprocessor/variadic/to_seq.hpp>

#include "quarry/array/element.hpp"

/// Describes a struct to quarry: QUARRY_RECORD(trade, time, price, size) makes `trade` an element
/// type whose fields are the members named, at their offsets. Stands at namespace scope, in the
/// namespace of the struct, after its definition. Members: any element type, C arrays and
/// std::array of one (subarray fields), char[N] (byte strings), other structs so described.
/// The struct must be trivially copyable and of standard layout; big<T> and little<T> members have
/// alignment 1 and leave no padding.
#define QUARRY_RECORD(TYPE, ...)                                                                \
  inline const ::quarry::dtype& quarry_record_type(const TYPE*) {                               \
    static_assert(::std::is_standard_layout_v<TYPE> && ::std::is_trivially_copyable_v<TYPE>);   \
    static const ::quarry::dtype type =                                                         \
        ::quarry::dtype::record({BOOST_PP_SEQ_FOR_EACH(QUARRY_RECORD_MEMBER, TYPE,              \
                                                       BOOST_PP_VARIADIC_TO_SEQ(__VA_ARGS__))}, \
                                ::std::int64_t{sizeof(TYPE)});                                  \
    return type;                                                                                \
  }                                                                                             \
  static_assert(true)  // takes the semicolon

/// One member of a QUARRY_RECORD; not for other use.
#define QUARRY_RECORD_MEMBER(R, TYPE, NAME) \
  ::quarry::detail::member<decltype(TYPE::NAME)>(BOOST_PP_STRINGIZE(NAME), offsetof(TYPE, NAME)),

namespace quarry {

/// A struct that QUARRY_RECORD describes.
template <class T>
concept described_record = requires(const T* record) {
  { quarry_record_type(record) } -> std::same_as<const dtype&>;
};

template <described_record T>
struct element<T> {
  static const dtype& type() { return quarry_record_type(static_cast<const T*>(nullptr)); }
};

namespace detail {

template <class T>
struct is_subarray : std::false_type {};
template <class T, std::size_t Length>
struct is_subarray<T[Length]> : std::true_type {
  static constexpr std::size_t length = Length;
  using item = T;
};
template <class T, std::size_t Length>
struct is_subarray<std::array<T, Length>> : is_subarray<T[Length]> {};

template <class Member>
void describe(field& f) {
  if constexpr (std::rank_v<Member> == 1 && std::is_same_v<std::remove_extent_t<Member>, char>) {
    f.type = dtype(type_kind::bytes, std::int64_t{std::extent_v<Member>});
  } else if constexpr (array_element<Member>) {
    f.type = element<Member>::type();
  } else {
    static_assert(is_subarray<Member>::value,
                  "the member's type is no array element (for bool, take boolean)");
    f.shape.push_back(std::int64_t{is_subarray<Member>::length});
    describe<typename is_subarray<Member>::item>(f);
  }
}

template <class Member>
field member(std::string_view name, std::size_t offset) {
  field f;
  f.name = name;
  f.offset_bytes = static_cast<std::int64_t>(offset);
  describe<std::remove_cv_t<Member>>(f);
  return f;
}

}  // namespace detail
}  // namespace quarry
