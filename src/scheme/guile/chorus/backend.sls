#!r6rs
;; What R6RS lacks, for Guile 3. chez/chorus/backend.sls has the same for Chez Scheme, and the comments.
(library (chorus backend)
  (export define-foreign define-blocking-foreign define-unix-foreign foreign-variable memory-ref memory-set! memory-view
          flush-all-ports exit-process fork-process)
  (import (rnrs) (prefix (system foreign) c:)
          (only (guile) symbol->keyword dynamic-link dynamic-func dynamic-pointer getenv primitive-fork primitive-exit)
          (prefix (only (guile) flush-all-ports) guile:))

  (define libchorus (dynamic-link (or (getenv "LIBCHORUS") "libchorus.so.0")))
  (define program (dynamic-link))

  (define (foreign-type name)
    (case name
      ((int) c:int) ((unsigned-int) c:unsigned-int) ((long) c:long) ((unsigned-long) c:unsigned-long)
      ((unsigned-64) c:uint64) ((uptr) c:uintptr_t) ((void) c:void)
      (else (assertion-violation 'define-foreign "no type of C" name))))
  (define (find-function symbol)
    (guard (e (#t (dynamic-func symbol program))) (dynamic-func symbol libchorus)))
  (define (foreign-function symbol types result)
    (c:pointer->procedure (foreign-type result) (find-function symbol) (map foreign-type types)))
  (define-syntax define-foreign
    (syntax-rules ()
      ((_ name symbol (type ...) result) (define name (foreign-function symbol '(type ...) 'result)))))
  (define-syntax define-blocking-foreign
    (syntax-rules ()
      ((_ name symbol (type ...) result) (define-foreign name symbol (type ...) result))))

  (define-syntax define-unix-foreign
    (syntax-rules ()
      ((_ name symbol (type ...) result)
       (define name
         (pointer->procedure/errno (foreign-type 'result) (find-function symbol) (map foreign-type '(type ...)))))))
  (define (pointer->procedure/errno result function types)
    (c:pointer->procedure result function types (symbol->keyword 'return-errno?) #t))

  (define (foreign-variable symbol) (c:pointer-address (dynamic-pointer symbol program)))

  (define (memory-view address bytes) (c:pointer->bytevector (c:make-pointer address) bytes))
  (define (memory-ref type address)
    (case type
      ((u8) (bytevector-u8-ref (memory-view address 1) 0))
      ((s8) (bytevector-s8-ref (memory-view address 1) 0))
      ((u16) (bytevector-u16-ref (memory-view address 2) 0 (native-endianness)))
      ((s16) (bytevector-s16-ref (memory-view address 2) 0 (native-endianness)))
      ((u32) (bytevector-u32-ref (memory-view address 4) 0 (native-endianness)))
      ((s32) (bytevector-s32-ref (memory-view address 4) 0 (native-endianness)))
      ((u64) (bytevector-u64-ref (memory-view address 8) 0 (native-endianness)))
      ((s64) (bytevector-s64-ref (memory-view address 8) 0 (native-endianness)))
      ((f32) (bytevector-ieee-single-ref (memory-view address 4) 0 (native-endianness)))
      ((f64) (bytevector-ieee-double-ref (memory-view address 8) 0 (native-endianness)))
      (else (assertion-violation 'memory-ref "no type of memory" type))))
  (define (memory-set! type address value)
    (case type
      ((u8) (bytevector-u8-set! (memory-view address 1) 0 value))
      ((s8) (bytevector-s8-set! (memory-view address 1) 0 value))
      ((u16) (bytevector-u16-set! (memory-view address 2) 0 value (native-endianness)))
      ((s16) (bytevector-s16-set! (memory-view address 2) 0 value (native-endianness)))
      ((u32) (bytevector-u32-set! (memory-view address 4) 0 value (native-endianness)))
      ((s32) (bytevector-s32-set! (memory-view address 4) 0 value (native-endianness)))
      ((u64) (bytevector-u64-set! (memory-view address 8) 0 value (native-endianness)))
      ((s64) (bytevector-s64-set! (memory-view address 8) 0 value (native-endianness)))
      ((f32) (bytevector-ieee-single-set! (memory-view address 4) 0 value (native-endianness)))
      ((f64) (bytevector-ieee-double-set! (memory-view address 8) 0 value (native-endianness)))
      (else (assertion-violation 'memory-set! "no type of memory" type))))

  (define (flush-all-ports) (guile:flush-all-ports))

  ;; Not exit, which would run the cleanups that the child has inherited from its parent.
  (define (exit-process . status)
    (guile:flush-all-ports)
    (primitive-exit
      (cond ((or (null? status) (eq? (car status) #t)) 0)
            ((integer? (car status)) (car status))
            (else 1))))

  (define (fork-process) (primitive-fork)))
