#!r6rs
;; What run.ss and run.scm have in common.
(library (chorus driver)
  (export set-actor-name! chorus-condition? refusal-text)
  (import (rnrs) (chorus backend) (chorus error) (chorus memory))

  (define-foreign c-malloc "malloc" (unsigned-long) uptr)

  ;; The name that this process will have as an actor: the library takes it with the first call that needs the kernel.
  (define (set-actor-name! name)
    (let* ((bytes (string->utf8 name))
           (size (bytevector-length bytes))
           (copy (c-malloc (+ size 1))))
      (write-memory! copy bytes)
      (memory-set! 'u8 (+ copy size) 0)
      (memory-set! 'u64 (foreign-variable "program_invocation_name") copy)))

  ;; "rgnFree: address not page aligned"
  (define (refusal-text condition)
    (string-append (chorus-condition-call condition) ": " (condition-message condition))))
