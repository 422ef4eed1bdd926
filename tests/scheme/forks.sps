#!r6rs
;; Children that write a datum of 2,000 elements to a region, and a parent that reads it. Prints how many were read right.
;;
;; forks.sps NUMBER
(import (vicare)
  (prefix (vicare posix) px.)
  (vicare platform constants)
  (vicare language-extensions syntaxes))

(define datum
  (let loop ((i 2000) (elements '()))
    (if (zero? i)
        elements
        (loop (- i 1) (cons (list i "three" (make-bytevector 20 (mod i 256))) elements)))))

(define bytes (* 64 (px.sysconf _SC_PAGESIZE)))

(define (read-datum memory)
  (let* ((size (pointer-ref-c-signed-int memory 0))
         (bv (make-bytevector size)))
    (memory-copy bv 0 memory SIZEOF_INT size)
    (fasl-read (open-bytevector-input-port bv))))

(define (write-datum memory)
  (let-values (((port getter) (open-bytevector-output-port)))
    (fasl-write datum port)
    (let* ((bv (getter)) (size (bytevector-length bv)))
      (pointer-set-c-signed-int! memory 0 size)
      (memory-copy memory SIZEOF_INT bv 0 size))))

(define (exchanged?)
  (let ((memory (px.mmap #f bytes (fxior PROT_READ PROT_WRITE) (fxior MAP_SHARED MAP_ANONYMOUS) 0 0)))
    (unwind-protect
        (px.fork
          (lambda (child)
            (let ((status (px.waitpid child 0)))
              (and (px.WIFEXITED status)
                   (zero? (px.WEXITSTATUS status))
                   (equal? datum (read-datum memory)))))
          (lambda ()
            (write-datum memory)
            (exit)))
      (px.munmap memory bytes))))

(let loop ((left (string->number (cadr (command-line)))) (right 0))
  (if (zero? left)
      right
      (loop (- left 1) (if (exchanged?) (+ right 1) right))))
