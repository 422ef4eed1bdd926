#!r6rs
;; What R6RS lacks, for Chez Scheme. guile/chorus/backend.sls has the same for Guile. Addresses are exact integers.
(library (chorus backend)
  (export define-foreign define-blocking-foreign define-unix-foreign foreign-variable memory-ref memory-set! memory-view
          flush-all-ports exit-process fork-process)
  (import (chezscheme))

  (define libraries
    (begin
      (load-shared-object (or (getenv "LIBCHORUS") "libchorus.so.0"))
      (load-shared-object "libc.so.6")))

  ;; (define-foreign NAME "SYMBOL" (TYPE ...) RESULT): a function of C. Types are int, unsigned-int, long, unsigned-long,
  ;; unsigned-64, uptr for addresses, and void as a result.
  (define-syntax define-foreign
    (syntax-rules ()
      [(_ name symbol (type ...) result)
       (define name (begin libraries (foreign-procedure symbol (type ...) result)))]))
  ;; The same for one that may sleep: other threads go on meanwhile.
  (define-syntax define-blocking-foreign
    (syntax-rules ()
      [(_ name symbol (type ...) result)
       (define name (begin libraries (foreign-procedure __collect_safe symbol (type ...) result)))]))

  ;; The same for one that sets errno: it returns its result and errno.
  (define-syntax define-unix-foreign
    (syntax-rules ()
      [(_ name symbol (type ...) result)
       (define name
         (let ([call (begin libraries (foreign-procedure __collect_safe symbol (type ...) result))])
           (lambda arguments
             (let* ([value (apply call arguments)] [errno (foreign-ref 'int (errno-location) 0)])
               (values value errno)))))]))
  (define-foreign errno-location "__errno_location" () uptr)

  ;; The address of a variable of C.
  (define (foreign-variable symbol) libraries (foreign-entry symbol))

  ;; TYPE is u8, s8, u16, s16, u32, s32, u64, s64, f32 or f64.
  (define (type-of type)
    (case type
      [(u8) 'unsigned-8] [(s8) 'integer-8] [(u16) 'unsigned-16] [(s16) 'integer-16]
      [(u32) 'unsigned-32] [(s32) 'integer-32] [(u64) 'unsigned-64] [(s64) 'integer-64]
      [(f32) 'single-float] [(f64) 'double-float]
      [else (assertion-violation 'memory-ref "no type of memory" type)]))
  (define (memory-ref type address) (foreign-ref (type-of type) address 0))
  (define (memory-set! type address value) (foreign-set! (type-of type) address 0 value))

  ;; A bytevector over memory; #f, because Chez Scheme has none.
  (define (memory-view address bytes) #f)

  (define (flush-all-ports)
    (flush-output-port (console-output-port))
    (flush-output-port (console-error-port))
    (flush-output-port (current-output-port))
    (flush-output-port (current-error-port)))

  (define exit-process
    (case-lambda
      [() (exit 0)]
      [(status) (exit status)]))

  ;; The id of the child in the parent, 0 in the child, negative if there is none.
  (define-foreign fork-process "fork" () int))
