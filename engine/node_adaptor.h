// From a plain struct to a Node. Only registration includes this.
#pragma once

#include "engine/node.h"

namespace imagemill::detail {

// The input and result types of process, whatever else it takes.
template <class M>
struct ProcessTraits;
template <class N, class Out, class In, class... Rest>
struct ProcessTraits<Result<Out> (N::*)(In, Rest...)> {
  using Input = std::remove_cvref_t<In>;
  using Output = Out;
  static constexpr Parallelism parallelism = Parallelism::serial;
};
template <class N, class Out, class In, class... Rest>
struct ProcessTraits<Result<Out> (N::*)(In, Rest...) const>
    : ProcessTraits<Result<Out> (N::*)(In, Rest...)> {
  static constexpr Parallelism parallelism = Parallelism::unlimited;
};

template <class M>
struct ProbeTraits;
template <class N, class Out>
struct ProbeTraits<Result<std::optional<Candidate<Out>>> (N::*)(const std::string&) const> {
  using Output = Out;
};

template <class N>
concept SourceNode = requires {
  &N::probe;
};
template <class N>
concept WithScratch = requires {
  typename N::Scratch;
};

template <class N>
const NodeSchema<N>& schema_of() {
  static const NodeSchema<N> schema = [] {
    NodeSchema<N> s;
    N::describe(s);
    return s;
  }();
  return schema;
}

template <class N>
class NodeAdaptor final : public Node {
 public:
  void* parameters() override { return &node_; }
  std::optional<std::string> broken_requirement() const override {
    return schema_of<N>().broken_requirement(node_);
  }

  Result<void> open(const Environment& environment) override {
    if constexpr (requires { node_.open(environment); }) return node_.open(environment);
    return {};
  }

  Result<Plan> plan(const Facts& in, const Demand& demand) const override {
    if constexpr (requires { node_.plan(in, demand); }) return node_.plan(in, demand);
    return Plan{.out = in};
  }

  Demand demand(const Facts& in, const Demand& on_output) const override {
    if constexpr (requires { node_.demand(in, on_output); }) return node_.demand(in, on_output);
    return {in.width, in.height};
  }

  std::string claim(const ItemInfo& item, const Facts& in) const override {
    if constexpr (requires { node_.claim(item, in); }) return node_.claim(item, in);
    return {};
  }

  Result<std::unique_ptr<Scratch>> make_scratch() const override {
    if constexpr (requires { node_.make_scratch(); }) {
      return node_.make_scratch().map([](auto&& made) -> std::unique_ptr<Scratch> {
        return std::make_unique<Held<typename N::Scratch>>(std::forward<decltype(made)>(made));
      });
    } else if constexpr (WithScratch<N>) {
      return std::make_unique<Held<typename N::Scratch>>();
    }
    return nullptr;
  }

  Result<Payload> process([[maybe_unused]] Payload in, [[maybe_unused]] Scratch* scratch,
                          [[maybe_unused]] const Call& call) override {
    if constexpr (SourceNode<N>) {
      return failure("internal", "a source has no input");
    } else {
      using Traits = ProcessTraits<decltype(&N::process)>;
      auto* input = std::any_cast<typename Traits::Input>(&in);
      if (input == nullptr) return failure("internal", "a payload of another type than the port's");
      return call_process(std::move(*input), scratch, call).map([](auto&& out) {
        return Payload(std::forward<decltype(out)>(out));
      });
    }
  }

  std::uint64_t payload_bytes(const Payload& out) const override {
    if constexpr (SourceNode<N>) {
      return size_of<typename ProbeTraits<decltype(&N::probe)>::Output>(out);
    } else {
      return size_of<typename ProcessTraits<decltype(&N::process)>::Output>(out);
    }
  }

  Result<Listing> list() const override {
    if constexpr (SourceNode<N>) return node_.list();
    return Listing{};
  }

  Result<std::optional<Candidate<Payload>>> probe(
      [[maybe_unused]] const std::string& key) const override {
    if constexpr (SourceNode<N>) {
      auto found = node_.probe(key);
      if (!found) return tl::make_unexpected(std::move(found.error()));
      if (!*found) return std::optional<Candidate<Payload>>();
      return Candidate<Payload>{
          (*found)->facts, [load = std::move((*found)->load)]() -> Result<Payload> {
            return load().map([](auto&& out) { return Payload(std::forward<decltype(out)>(out)); });
          }};
    }
    return std::optional<Candidate<Payload>>();
  }

 private:
  template <class S>
  struct Held final : Scratch {
    Held() = default;
    explicit Held(S&& made) : value(std::move(made)) {}
    S value;
  };

  template <class In>
  auto call_process(In in, Scratch* scratch, const Call& call) {
    if constexpr (WithScratch<N>) {
      auto& value = static_cast<Held<typename N::Scratch>*>(scratch)->value;
      if constexpr (requires { node_.process(std::move(in), value, call); }) {
        return node_.process(std::move(in), value, call);
      } else {
        return node_.process(std::move(in), value);
      }
    } else if constexpr (requires { node_.process(std::move(in), call); }) {
      return node_.process(std::move(in), call);
    } else {
      return node_.process(std::move(in));
    }
  }

  template <class Out>
  static std::uint64_t size_of(const Payload& payload) {
    const auto* out = std::any_cast<Out>(&payload);
    if (out == nullptr) return 0;
    if constexpr (std::same_as<Out, Written>) {
      return out->bytes;
    } else {
      return out->byte_size();
    }
  }

  N node_;
};

template <class N>
NodeType make_node_type(const std::string& name) {
  NodeType type{.name = name,
                .role = Role::source,
                .parallelism = Parallelism::unlimited,
                .input = {},
                .output = {},
                .schema = schema_of<N>().info(),
                .make = [] { return std::make_unique<NodeAdaptor<N>>(); }};
  if constexpr (SourceNode<N>) {
    using Output = typename ProbeTraits<decltype(&N::probe)>::Output;
    static_assert(PayloadType<Output>);
    type.output = Output::kTypeName;
  } else {
    using Traits = ProcessTraits<decltype(&N::process)>;
    static_assert(PayloadType<typename Traits::Input>);
    type.input = Traits::Input::kTypeName;
    type.parallelism = Traits::parallelism;
    if constexpr (std::same_as<typename Traits::Output, Written>) {
      type.role = Role::sink;
    } else {
      static_assert(PayloadType<typename Traits::Output>);
      type.role = Role::transform;
      type.output = Traits::Output::kTypeName;
    }
  }
  return type;
}

}  // namespace imagemill::detail
