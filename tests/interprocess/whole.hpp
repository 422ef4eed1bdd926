// An object that knows whether it is whole. Its bytes are written one after the other, none is left out.
#pragma once

namespace chorus::test {

class Whole {
  public:
    explicit Whole(long value) {
        first_ = value;
        second_ = -value;
    }
    ~Whole() {
        first_ = -1;
        second_ = -1;
    }
    bool holds(long value) const { return first_ == value && second_ == -value; }

  private:
    volatile long first_ = -1, second_ = -1;
};

}  // namespace chorus::test
