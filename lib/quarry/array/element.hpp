// element.hpp: the dtype that a C++ type is: what binds views and structs to files.
#pragma once
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <boost/endian/arithmetic.hpp>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// A number stored in big-endian order, at any alignment; converts to T on load and from T on
/// store. T is an integer type, float or double. 24-bit ones are boost::endian::big_int24_t and
/// big_uint24_t.
template <class T>
using big =
    boost::endian::endian_arithmetic<boost::endian::order::big, T, static_cast<int>(8 * sizeof(T))>;

/// The same in little-endian order: also the type of unaligned native numbers on most machines.
template <class T>
using little = boost::endian::endian_arithmetic<boost::endian::order::little, T,
                                                static_cast<int>(8 * sizeof(T))>;

/// element<T>::type() is the dtype of a C++ type. Defined for the numbers of
/// QUARRY_FOR_EACH_NUMBER in native order, for big<T> and little<T>, for std::array<char, N> (byte
/// strings), std::array<std::byte, N> (raw bytes), and for structs named by QUARRY_RECORD.
template <class T>
struct element;

/// A type whose objects can be read from and stored in an array's bytes.
template <class T>
concept array_element = std::is_trivially_copyable_v<T> && requires {
  { element<T>::type() } -> std::convertible_to<dtype>;
};

#define QUARRY_DEFINE_ELEMENT(TYPE, KIND, NAME)                                   \
  template <>                                                                     \
  struct element<TYPE> {                                                          \
    static dtype type() { return {type_kind::KIND, std::int64_t{sizeof(TYPE)}}; } \
  };
QUARRY_FOR_EACH_NUMBER(QUARRY_DEFINE_ELEMENT)
#undef QUARRY_DEFINE_ELEMENT

template <boost::endian::order Order, class T, std::size_t Bits, boost::endian::align Align>
struct element<boost::endian::endian_arithmetic<Order, T, Bits, Align>> {
  static dtype type() {
    constexpr type_kind kind = std::is_floating_point_v<T> ? type_kind::floating
                               : std::is_signed_v<T>       ? type_kind::signed_integer
                                                           : type_kind::unsigned_integer;
    constexpr byte_order order =
        Order == boost::endian::order::big ? byte_order::big : byte_order::little;
    return {kind, std::int64_t{Bits / 8}, order};
  }
};

template <std::size_t Length>
requires(Length > 0) struct element<std::array<char, Length>> {
  static dtype type() { return {type_kind::bytes, std::int64_t{Length}}; }
};

template <std::size_t Length>
requires(Length > 0) struct element<std::array<std::byte, Length>> {
  static dtype type() { return {type_kind::raw, std::int64_t{Length}}; }
};

}  // namespace quarry
