#!r6rs
;; Calls that take descriptors of regions. Their addresses and options are exact integers, and so are those of actors:
;; the address of a capability, K_MYACTOR or K_SVACTOR.
(library (chorus region)
  (export K_MYACTOR K_SVACTOR call-with-descriptor descriptor-start allocate-region free-region)
  (import (rnrs) (chorus backend) (chorus constants) (chorus error) (chorus memory))

  (define-blocking-foreign c-allocate "rgnAllocate64" (uptr uptr) int)
  (define-blocking-foreign c-free "rgnFree64" (uptr uptr) int)

  (define K_MYACTOR 1)
  (define K_SVACTOR 2)

  ;; Calls USE with a KnRgnDesc of 64-bit programs.
  (define (call-with-descriptor start size options use)
    (call-with-memory SIZEOF_RGNDESC
      (lambda (desc)
        (memory-set! 'u64 desc start)
        (memory-set! 'u64 (+ desc OFFSETOF_RGNDESC_SIZE) size)
        (memory-set! 'u32 (+ desc OFFSETOF_RGNDESC_OPTIONS) options)
        (use desc))))
  (define (descriptor-start desc) (memory-ref 'u64 desc))

  ;; The address of new memory. [rgnAllocate(2K)]
  (define (allocate-region actor start size options)
    (call-with-descriptor start size options
      (lambda (desc)
        (check "rgnAllocate" (c-allocate actor desc))
        (descriptor-start desc))))
  ;; [rgnFree(2K)]
  (define (free-region actor start size options)
    (call-with-descriptor start size options
      (lambda (desc) (check "rgnFree" (c-free actor desc))))))
