// What a node struct declares, found at compile time: its kind, its input and output types.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "engine/node/node.h"

namespace imagemill::detail {

// Number of leading types that are payloads.
template <class... Args>
consteval std::size_t leading_payloads() {
  constexpr std::array<bool, sizeof...(Args) + 1> is_payload = {
      PayloadType<std::remove_cvref_t<Args>>..., false};
  std::size_t count = 0;
  while (is_payload[count]) ++count;
  return count;
}

// The output type of process(); for a one-to-many node, the type of one part.
template <class T>
struct OutputTraits {
  using Type = T;
  static constexpr Arity arity = Arity::one;
};
template <class T>
struct OutputTraits<std::vector<T>> {
  using Type = T;
  static constexpr Arity arity = Arity::many;
};

// Input and result types of process(), whatever else it takes.
template <class M>
struct ProcessTraits;
template <class N, class Out, class... Args>
struct ProcessTraits<Result<Out> (N::*)(Args...)> {
  using Arguments = std::tuple<std::remove_cvref_t<Args>...>;
  template <std::size_t port>
  using Input = std::tuple_element_t<port, Arguments>;
  using Output = typename OutputTraits<Out>::Type;
  static constexpr Arity arity = OutputTraits<Out>::arity;
  static constexpr std::size_t inputs = leading_payloads<Args...>();
  static constexpr Parallelism parallelism = Parallelism::serial;
};
template <class N, class Out, class... Args>
struct ProcessTraits<Result<Out> (N::*)(Args...) const>
    : ProcessTraits<Result<Out> (N::*)(Args...)> {
  static constexpr Parallelism parallelism = Parallelism::unlimited;
};

template <class M>
struct ProbeTraits;
template <class N, class Out>
struct ProbeTraits<Result<std::optional<Candidate<Out>>> (N::*)(const std::string&) const> {
  using Output = Out;
};

template <class M>
struct LoadTraits;
template <class N, class Out>
struct LoadTraits<Result<Constant<Out>> (N::*)(const Environment&) const> {
  using Output = Out;
};

template <class N>
concept SourceNode = requires {
  &N::probe;
};
template <class N>
concept ConstantNode = !SourceNode<N> && requires {
  &N::load;
};
template <class N>
concept ChoiceNode = requires {
  &N::choose;
};
template <class N>
concept WorkNode = requires {
  &N::process;
};
template <class N>
concept WithScratch = requires {
  typename N::Scratch;
};
template <class N>
concept MakesScratch = requires(const N& node) {
  node.make_scratch();
};

}  // namespace imagemill::detail
