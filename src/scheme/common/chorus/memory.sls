#!r6rs
;; Memory outside of Scheme, for the arguments and results of functions of C. Addresses are exact integers.
(library (chorus memory)
  (export call-with-memory call-with-string call-with-strings string-at read-memory write-memory!)
  (import (rnrs) (chorus backend))

  (define-foreign c-malloc "malloc" (unsigned-long) uptr)
  (define-foreign c-free "free" (uptr) void)

  ;; Calls USE with the address of so many bytes of 0, which are freed when it returns.
  (define (call-with-memory bytes use)
    (let ((address (c-malloc bytes)))
      (dynamic-wind
        (lambda () #f)
        (lambda ()
          (do ((i 0 (+ i 1))) ((= i bytes)) (memory-set! 'u8 (+ address i) 0))
          (use address))
        (lambda () (c-free address)))))

  (define (read-memory address count)
    (let ((bytes (make-bytevector count)))
      (do ((i 0 (+ i 1))) ((= i count) bytes)
        (bytevector-u8-set! bytes i (memory-ref 'u8 (+ address i))))))
  (define (write-memory! address bytes)
    (do ((i 0 (+ i 1))) ((= i (bytevector-length bytes)))
      (memory-set! 'u8 (+ address i) (bytevector-u8-ref bytes i))))

  ;; A string of C that ends with a NUL.
  (define (string-at address)
    (let loop ((end address))
      (if (zero? (memory-ref 'u8 end))
          (utf8->string (read-memory address (- end address)))
          (loop (+ end 1)))))
  (define (call-with-string string use)
    (let ((bytes (string->utf8 string)))
      (call-with-memory (+ (bytevector-length bytes) 1)
        (lambda (address)
          (write-memory! address bytes)
          (use address)))))

  ;; Calls USE with an array of strings that ends with a null pointer.
  (define (call-with-strings strings use)
    (call-with-memory (* 8 (+ (length strings) 1))
      (lambda (array)
        (let loop ((rest strings) (slot array))
          (if (null? rest)
              (use array)
              (call-with-string (car rest)
                (lambda (address)
                  (memory-set! 'u64 slot address)
                  (loop (cdr rest) (+ slot 8))))))))))
