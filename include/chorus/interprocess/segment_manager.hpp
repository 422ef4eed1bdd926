// Objects with names in a managed region, none of which is seen half made.
#pragma once

#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/creation_tags.hpp>
#include <boost/interprocess/detail/segment_manager_helper.hpp>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/interprocess_fwd.hpp>
#include <boost/interprocess/segment_manager.hpp>
#include <boost/interprocess/smart_ptr/deleter.hpp>
#include <chorus/interprocess/crash_safe_fit.hpp>
#include <chorus/interprocess/crash_safe_index.hpp>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace chorus::interprocess {

using boost::interprocess::anonymous_instance;
using boost::interprocess::unique_instance;

// What the memory behind a segment is called: a name, or unique_instance (one object of each type), or, for new
// objects, anonymous_instance.
class object_name {
  public:
    object_name(const char *name) : type_(object_record::named), name_(name) {}
    object_name(decltype(unique_instance)) : type_(object_record::unique) {}
    object_name(decltype(anonymous_instance)) : type_(object_record::anonymous) {}

    std::uint32_t type() const { return type_; }
    template <class T>
    std::string_view of() const {
        return type_ == object_record::unique ? std::string_view(typeid(T).name()) : name_;
    }

  private:
    std::uint32_t type_;
    std::string_view name_;
};

// Takes the place of boost::interprocess::segment_manager, with the same interface, and stands at the beginning of the
// memory. What it does when a holder of its lock has died is a table in docs/interprocess.md.
//
// Calls with a name lock the index: they block while another thread constructs or destroys, and throw
// boost::interprocess::bad_alloc, or return null with std::nothrow, if there is no memory. Constructors and destructors
// of objects with names run while the index is locked, and may use the segment manager themselves.
class segment_manager : public boost::interprocess::segment_manager_base<crash_safe_fit<>> {
    using heap = interprocess::crash_safe_fit<>;
    using base = boost::interprocess::segment_manager_base<heap>;
    using index = crash_safe_index<heap>;

  public:
    using char_type = char;

    explicit segment_manager(size_type size) : base(size, sizeof(segment_manager) - sizeof(base)) {}
    static size_type get_min_size() { return base::get_min_size(sizeof(segment_manager) - sizeof(base)); }

    // What construct and its like return: `(arguments...)` makes the object, `[n](arguments...)` makes n of them.
    template <class T, bool from_iterators>
    class proxy {
      public:
        proxy(segment_manager &manager, object_name name, bool or_find, bool throws)
            : manager_(manager), name_(name), or_find_(or_find), throws_(throws) {}
        proxy operator[](size_type count) const {
            proxy many = *this;
            many.count_ *= count;
            return many;
        }
        template <class... Arguments>
        T *operator()(Arguments &&...arguments) const {
            const auto make = [&](T *at) {
                if constexpr (from_iterators) {
                    ::new (static_cast<void *>(at)) T(*arguments...);
                    (static_cast<void>(++arguments), ...);
                } else {
                    ::new (static_cast<void *>(at)) T(std::forward<Arguments>(arguments)...);
                }
            };
            return manager_.make_or_find<T>(name_, count_, or_find_, throws_, make);
        }

      private:
        segment_manager &manager_;
        object_name name_;
        bool or_find_, throws_;
        size_type count_ = 1;
    };

    // A name that exists: boost::interprocess::interprocess_exception (already_exists_error), or null with
    // std::nothrow; find_or_construct returns what is there. What a constructor throws passes through, and then there
    // is no object.
    template <class T>
    proxy<T, false> construct(object_name name) {
        return {*this, name, false, true};
    }
    template <class T>
    proxy<T, false> construct(object_name name, const std::nothrow_t &) {
        return {*this, name, false, false};
    }
    template <class T>
    proxy<T, false> find_or_construct(object_name name) {
        return {*this, name, true, true};
    }
    template <class T>
    proxy<T, false> find_or_construct(object_name name, const std::nothrow_t &) {
        return {*this, name, true, false};
    }
    // The arguments are iterators, of which each object takes the next value.
    template <class T>
    proxy<T, true> construct_it(object_name name) {
        return {*this, name, false, true};
    }
    template <class T>
    proxy<T, true> construct_it(object_name name, const std::nothrow_t &) {
        return {*this, name, false, false};
    }
    template <class T>
    proxy<T, true> find_or_construct_it(object_name name) {
        return {*this, name, true, true};
    }
    template <class T>
    proxy<T, true> find_or_construct_it(object_name name, const std::nothrow_t &) {
        return {*this, name, true, false};
    }

    // The first object and their number; null and 0: no such name.
    template <class T>
    std::pair<T *, size_type> find(object_name name) {
        const guard locked(*this);
        return find_no_lock<T>(name);
    }
    // For functions that atomic_func calls.
    template <class T>
    std::pair<T *, size_type> find_no_lock(object_name name) {
        object_record *record = record_of(name.type(), name.of<T>());
        if (record == nullptr) return {nullptr, 0};
        return {static_cast<T *>(record->value()), record->count};
    }

    // Whether there was such a name.
    template <class T>
    bool destroy(object_name name) {
        const guard locked(*this);
        object_record *record = record_of(name.type(), name.of<T>());
        if (record == nullptr) return false;
        destroy_named<T>(*record);
        return true;
    }
    // For what construct and its like have returned, of all three kinds.
    template <class T>
    void destroy_ptr(const T *object) {
        if (object == nullptr) return;
        object_record &record = *record_before(object);
        if (record.type != object_record::anonymous) {
            const guard locked(*this);
            destroy_named<T>(record);
            return;
        }
        std::destroy_n(const_cast<T *>(object), record.count);
        base::deallocate(record.block());
    }

    // Calls a function while nobody else finds, constructs or destroys by name.
    template <class Function>
    void atomic_func(Function &function) {
        const guard locked(*this);
        function();
    }
    template <class Function>
    bool try_atomic_func(Function &function) {
        if (!mutex_.try_lock()) return false;
        const std::lock_guard locked(mutex_, std::adopt_lock);
        recover_if_abandoned();
        function();
        return true;
    }

    template <class T>
    static const char *get_instance_name(const T *object) {
        const object_record &record = *record_before(object);
        return record.type == object_record::anonymous ? nullptr : record.name().data();
    }
    template <class T>
    static size_type get_instance_length(const T *object) {
        return record_before(object)->count;
    }
    template <class T>
    static boost::interprocess::instance_type get_instance_type(const T *object) {
        switch (record_before(object)->type) {
            case object_record::named:
                return boost::interprocess::named_type;
            case object_record::unique:
                return boost::interprocess::unique_type;
            default:
                return boost::interprocess::anonymous_type;
        }
    }

    // Nothing needs to be reserved; kept for programs that call it.
    void reserve_named_objects(size_type) {}
    void reserve_unique_objects(size_type) {}
    void shrink_to_fit_indexes() {
        const guard locked(*this);
        names_.shrink_to_fit(memory());
        types_.shrink_to_fit(memory());
    }
    // Take time for each of them.
    size_type get_num_named_objects() {
        const guard locked(*this);
        return static_cast<size_type>(std::distance(names_.begin(memory()), index::end()));
    }
    size_type get_num_unique_objects() {
        const guard locked(*this);
        return static_cast<size_type>(std::distance(types_.begin(memory()), index::end()));
    }

    // What an iterator over the names points to. The index must be locked meanwhile, by atomic_func, unless nobody
    // constructs or destroys.
    class entry {
      public:
        explicit entry(const object_record &record) : record_(&record) {}
        const char *name() const { return record_->name().data(); }
        size_type name_length() const { return record_->name_length; }
        const void *value() const { return record_->value(); }

      private:
        const object_record *record_;
    };
    class const_named_iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = entry;
        using difference_type = std::ptrdiff_t;
        using pointer = const entry *;
        using reference = entry;

        explicit const_named_iterator(index::const_iterator at) : at_(at) {}
        entry operator*() const { return entry(*at_); }
        std::unique_ptr<entry> operator->() const { return std::make_unique<entry>(*at_); }
        const_named_iterator &operator++() {
            ++at_;
            return *this;
        }
        bool operator==(const const_named_iterator &) const = default;

      private:
        index::const_iterator at_;
    };
    using const_unique_iterator = const_named_iterator;
    const_named_iterator named_begin() const { return const_named_iterator(names_.begin(memory())); }
    const_named_iterator named_end() const { return const_named_iterator(index::end()); }
    const_unique_iterator unique_begin() const { return const_unique_iterator(types_.begin(memory())); }
    const_unique_iterator unique_end() const { return const_unique_iterator(index::end()); }

    template <class T>
    struct allocator {
        using type = boost::interprocess::allocator<T, segment_manager>;
    };
    template <class T>
    typename allocator<T>::type get_allocator() {
        return typename allocator<T>::type(this);
    }
    template <class T>
    struct deleter {
        using type = boost::interprocess::deleter<T, segment_manager>;
    };
    template <class T>
    typename deleter<T>::type get_deleter() {
        return typename deleter<T>::type(this);
    }

  private:
    // Holds the lock of the index, and there is no intent of the dead.
    class guard {
      public:
        explicit guard(segment_manager &manager) : lock_(manager.mutex_) { manager.recover_if_abandoned(); }

      private:
        std::lock_guard<recursive_robust_mutex> lock_;
    };

    // The algorithm that the base class keeps to itself. It is all that the base class has.
    heap &memory() { return reinterpret_cast<heap &>(*this); }
    const heap &memory() const { return reinterpret_cast<const heap &>(*this); }
    static_assert(sizeof(base) == sizeof(heap));

    object_record &record_at(std::uint64_t offset) {
        return *reinterpret_cast<object_record *>(reinterpret_cast<char *>(this) + offset);
    }
    std::uint64_t offset_of(const object_record &record) const {
        return static_cast<std::uint64_t>(reinterpret_cast<const char *>(&record) -
                                          reinterpret_cast<const char *>(this));
    }
    template <class T>
    static object_record *record_before(const T *object) {
        return reinterpret_cast<object_record *>(const_cast<std::remove_cv_t<T> *>(object)) - 1;
    }
    index &index_of(std::uint32_t type) { return type == object_record::unique ? types_ : names_; }
    object_record *record_of(std::uint32_t type, std::string_view name) {
        return index_of(type).find(memory(), name, index::hash_of(name));
    }

    template <class T, class Make>
    T *make_or_find(object_name name, size_type count, bool or_find, bool throws, const Make &make) {
        const std::string_view text = name.of<T>();
        if (name.type() == object_record::anonymous) {
            object_record *record = new_record<T>(name.type(), text, 0, count, [](object_record &) {});
            if (record == nullptr) return no_memory<T>(throws);
            try {
                make_each<T>(*record, make);
            } catch (...) {
                base::deallocate(record->block());
                throw;
            }
            return static_cast<T *>(record->value());
        }
        const guard locked(*this);
        const std::uint64_t hash = index::hash_of(text);
        if (object_record *there = index_of(name.type()).find(memory(), text, hash)) {
            if (or_find) return static_cast<T *>(there->value());
            if (!throws) return nullptr;
            throw boost::interprocess::interprocess_exception(boost::interprocess::already_exists_error);
        }
        object_record *record = new_record<T>(name.type(), text, hash, count, [&](object_record &fresh) {
            fresh.next_intent = intents_;
            memory().set(intents_, offset_of(fresh));
        });
        if (record == nullptr) return no_memory<T>(throws);
        try {
            if (!index_of(name.type()).insert(memory(), *record)) {
                free_intended(*record);
                return no_memory<T>(throws);
            }
            make_each<T>(*record, make);
        } catch (...) {
            index_of(name.type()).erase(memory(), *record);
            free_intended(*record);
            throw;
        }
        undo_log::in_order();
        record->state = object_record::constructed;
        end_intent(*record);
        return static_cast<T *>(record->value());
    }
    template <class T>
    static T *no_memory(bool throws) {
        if (throws) throw boost::interprocess::bad_alloc();
        return nullptr;
    }
    // A block with a record that is filled in. `also` is part of the allocation.
    template <class T, class Also>
    object_record *new_record(std::uint32_t type, std::string_view name, std::uint64_t hash, size_type count,
                              Also also) {
        constexpr size_type alignment = std::max(alignof(T), heap::Alignment);
        constexpr size_type before = std::max(alignment, sizeof(object_record)) - sizeof(object_record);
        if (count > size_type{1} << 60 || name.size() > UINT32_MAX || sizeof(T) > (size_type{1} << 60) / (count | 1))
            return nullptr;
        const size_type bytes = before + sizeof(object_record) + count * sizeof(T) + name.size() + 1;
        object_record *record = nullptr;
        memory().allocate_and(bytes, alignment, [&](void *block) {
            record = new (static_cast<char *>(block) + before) object_record{};
            record->hash = hash;
            record->count = count;
            record->value_bytes = count * sizeof(T);
            record->bytes_before = before;
            record->type = type;
            record->name_length = static_cast<std::uint32_t>(name.size());
            char *text = static_cast<char *>(record->value()) + record->value_bytes;
            name.copy(text, name.size());
            text[name.size()] = '\0';
            also(*record);
        });
        return record;
    }
    template <class T, class Make>
    static void make_each(object_record &record, const Make &make) {
        T *const first = static_cast<T *>(record.value());
        size_type made = 0;
        try {
            for (; made < record.count; ++made)
                make(first + made);
        } catch (...) {
            std::destroy_n(first, made);
            throw;
        }
    }
    template <class T>
    void destroy_named(object_record &record) {
        record.next_intent = intents_;
        undo_log::in_order();
        intents_ = offset_of(record);
        undo_log::in_order();
        record.state = object_record::destroying;
        undo_log::in_order();
        index_of(record.type).erase(memory(), record);
        std::destroy_n(static_cast<T *>(record.value()), record.count);
        free_intended(record);
    }
    // The last intent is done.
    void end_intent(const object_record &record) {
        undo_log::in_order();
        intents_ = record.next_intent;
        undo_log::in_order();
    }
    void free_intended(object_record &record) {
        memory().deallocate_and(record.block(), [&, next = record.next_intent] { memory().set(intents_, next); });
    }
    // Completes or removes what the dead have left. May be killed and called again.
    void recover_if_abandoned() {
        if (!mutex_.abandoned()) [[likely]]
            return;
        while (intents_ != 0) {
            object_record &record = record_at(intents_);
            if (record.state == object_record::constructed) {
                end_intent(record);
            } else {
                index_of(record.type).erase(memory(), record);
                free_intended(record);
            }
        }
        mutex_.repaired();
    }

    recursive_robust_mutex mutex_;
    std::uint64_t intents_ = 0;  // offset of the last record that is being constructed or destroyed
    index names_;
    index types_;
};

}  // namespace chorus::interprocess
