#include "graphs/config/yaml_documents.h"

#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace imagemill {
namespace {

// Marks of where a document begins, and where its first value does.
class Beginnings final : public YAML::EventHandler {
 public:
  const YAML::Mark& document() const { return document_; }
  const YAML::Mark& value() const { return value_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    document_ = mark;
    is_at_value_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { see(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { see(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override {
    see(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    see(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    see(mark);
  }
  void OnMapEnd() override {}

 private:
  void see(const YAML::Mark& mark) {
    if (is_at_value_) value_ = mark;
    is_at_value_ = false;
  }

  YAML::Mark document_ = YAML::Mark::null_mark();
  YAML::Mark value_;
  bool is_at_value_ = false;
};

}  // namespace

std::optional<YAML::Mark> second_document(const std::string& yaml) {
  std::istringstream text(yaml);
  YAML::Parser parser(text);
  Beginnings beginnings;
  std::optional<YAML::Mark> second;
  constexpr int kMostPulled = 3;
  for (int pulled = 1; pulled <= kMostPulled; ++pulled) {
    const int before = beginnings.document().pos;
    if (!parser.HandleNextDocument(beginnings)) break;
    // The parser made no progress on the last document, and never would.
    if (beginnings.document().pos == before) {
      throw YAML::ParserException(beginnings.document(),
                                  "no value begins like this; a comma belongs in brackets");
    }
    if (pulled == 2) second = beginnings.value();
  }
  return second;
}

}  // namespace imagemill
