#!r6rs
;; Regions of this actor.
(library (chorus region)
  (export allocate-region free-region &chorus chorus-condition? chorus-condition-call chorus-condition-status)
  (import (rnrs) (chorus backend))

  ;; A call that was refused, by its name in C, with its status.
  (define-condition-type &chorus &error make-chorus-condition chorus-condition?
    (call chorus-condition-call)
    (status chorus-condition-status))

  (define-foreign c-allocate "rgnAllocate64" (uptr uptr) int)
  (define-foreign c-free "rgnFree64" (uptr uptr) int)
  (define-foreign c-error "strSysError" (int) uptr)
  (define-foreign c-malloc "malloc" (unsigned-long) uptr)
  (define-foreign c-release "free" (uptr) void)

  (define K_MYACTOR 1)
  (define K_WRITABLE 1)
  (define K_EXECUTABLE 2)
  (define K_ANYWHERE 8)

  (define (string-at address)
    (let loop ((end address) (bytes '()))
      (let ((byte (memory-ref 'u8 end)))
        (if (zero? byte)
            (utf8->string (u8-list->bytevector (reverse bytes)))
            (loop (+ end 1) (cons byte bytes))))))

  (define (check call status)
    (unless (zero? status)
      (raise
        (condition
          (make-chorus-condition call status)
          (make-who-condition call)
          (make-message-condition (string-at (c-error status)))))))

  ;; A KnRgnDesc of 64-bit programs, filled in, for the time of a call.
  (define (call-with-descriptor start size options use)
    (let ((desc (c-malloc 48)))
      (dynamic-wind
        (lambda () #f)
        (lambda ()
          (do ((i 0 (+ i 8))) ((= i 48)) (memory-set! 'u64 (+ desc i) 0))
          (memory-set! 'u64 desc start)
          (memory-set! 'u64 (+ desc 8) size)
          (memory-set! 'u32 (+ desc 16) options)
          (use desc))
        (lambda () (c-release desc)))))

  ;; The address of new memory where the kernel likes. [rgnAllocate(2K)]
  (define (allocate-region size writable? executable?)
    (call-with-descriptor 0 size
      (+ K_ANYWHERE (if writable? K_WRITABLE 0) (if executable? K_EXECUTABLE 0))
      (lambda (desc)
        (check "rgnAllocate" (c-allocate K_MYACTOR desc))
        (memory-ref 'u64 desc))))
  ;; [rgnFree(2K)]
  (define (free-region start size)
    (call-with-descriptor start size 0
      (lambda (desc) (check "rgnFree" (c-free K_MYACTOR desc))))))
